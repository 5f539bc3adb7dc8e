"""The curves of Figures 2 and 7: predictions of the network before and after adaptation."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.declaring.settings import build

GRID_POINTS = 101


def pictures(settings: Mapping[str, Any], learner: Any, parameters: Any) -> dict[str, np.ndarray]:
    """Evaluates the network on a grid over the inputs, for each of the declared pictures.

    Args:
        settings: From `Experiment.settings`; `pictures` has `tasks`, `count`, `seed` and `steps` by name.
        learner: The learner.
        parameters: The meta-trained parameters.

    Returns:
        By `picture/<name>/...`: `descriptor`, shape [tasks, 2]; `support`, shape [tasks, points, 2]; `grid`, shape
        [points]; and `curves`, shape [steps, tasks, points].
    """
    arrays: dict[str, np.ndarray] = {}
    for name, declaration in settings["pictures"].items():
        arrays |= _draw(f"picture/{name}", declaration, learner, parameters)
    return arrays


def _draw(name: str, declaration: Mapping[str, Any], learner: Any, parameters: Any) -> dict[str, np.ndarray]:
    import tensorflow as tf

    tasks, count = build(declaration["tasks"]), declaration["count"]
    episodes = tasks.episodes(tasks.sample((declaration["seed"], 0), count))
    grid = tf.linspace(*tasks.inputs, GRID_POINTS)
    inputs = tf.tile(tf.cast(grid, tf.float32)[tf.newaxis, :, tf.newaxis], [count, 1, 1])
    on_grid = episodes._replace(query=episodes.query._replace(inputs=inputs, targets=tf.zeros_like(inputs)))
    curves = learner.predict(parameters, on_grid, max(declaration["steps"]))
    return {
        f"{name}/descriptor": episodes.descriptor.numpy(),
        f"{name}/support": tf.concat(episodes.support, axis=-1).numpy(),
        f"{name}/grid": grid.numpy().astype(np.float32),
        f"{name}/curves": tf.stack([curves[steps][..., 0] for steps in declaration["steps"]]).numpy(),
    }
