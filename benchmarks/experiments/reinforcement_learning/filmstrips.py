"""Robots before and after adaptation, rendered from the positions in records."""

import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.experiments.reinforcement_learning.declarations import of
from benchmarks.experiments.reinforcement_learning.domains import ROBOTS, Domain
from benchmarks.experiments.reinforcement_learning.typical import typical
from benchmarks.family import Drawing
from benchmarks.records.evidence import Measured
from benchmarks.records.record import Record

FRAMES = 6  # pictures of each run, from its first moment to its last
HEIGHT, WIDTH, SKY = 140, 180, 45  # in pixels; the sky is cut off
CAPTION = (
    "The first rollout to one test goal, which is {goal}, with the policy of seed {seed}. The pictures are evenly "
    "spaced over {steps} time steps. A camera follows the robot; the number below a picture is the position of its "
    "body along the track."
)
PICTURE = "picture/paths"
CURVES = f"{PICTURE}/curves"


def filmstrips(measured: Measured) -> list[Drawing]:
    """Draws one rollout of MAML before and after adaptation, for every robot with a record that has its positions.

    Where this machine cannot render, the drawing has the reason instead: `left_out`.
    """
    drawings = []
    for domain in ROBOTS:
        experiment = of(domain, "maml")
        evidence = measured.of(experiment, experiment.primary)
        if evidence and CURVES in (record := typical(evidence)).arrays:
            drawings.append(_filmstrip(domain, record, evidence.label_suffix))
    return drawings


def _filmstrip(domain: Domain, record: Record, suffix: str) -> Drawing:
    import maml_tf.errors

    paths = np.asarray(record.arrays[CURVES], np.float64)  # [policies, time steps + 1, positions]
    times = np.linspace(0, paths.shape[1] - 1, FRAMES).astype(int)
    chosen = paths[:, times]
    there: NDArray[np.bool_] = np.isfinite(chosen.sum(axis=-1))  # a rollout may end early
    steps = record.settings["pictures"]["paths"]["steps"]
    drawing: Drawing = {
        "id": f"{domain.panel}/filmstrip",
        "title": f"{domain.title}: before and after adaptation{suffix}",
        "caption": CAPTION.format(goal=_goal(domain, record), seed=record.seed, steps=paths.shape[1] - 1),
    }
    try:
        rendered = iter(_rendered(record.settings["learner"]["environment"], chosen[there]))
    except maml_tf.errors.MAMLError as error:
        return drawing | {"left_out": f"The robot is not shown: {error}."}
    strips = []
    for step, path, shown in zip(steps, chosen, there, strict=True):
        pictures = [
            {"image": next(rendered), "label": _metres(position[0])} if is_there else None
            for position, is_there in zip(path, shown, strict=True)
        ]
        strips.append({"label": _words(step), "pictures": pictures})
    return drawing | {"strips": strips}


def _goal(domain: Domain, record: Record) -> str:
    goal = float(record.arrays[f"{PICTURE}/goal"][0])
    if domain.key.endswith("direction"):
        return "to run forward" if goal > 0 else "to run backward"
    return f"to run at {goal:.2f} m/s"


def _metres(position: float) -> str:
    return f"{round(position, 1) + 0.0:.1f} m".replace("-", "\N{MINUS SIGN}")  # adding zero removes the sign of -0.0


def _words(steps: int) -> str:
    return "before adaptation" if steps == 0 else f"after {steps} gradient step{'s'[: steps > 1]}"


def _rendered(declared: Mapping[str, Any], positions: NDArray[np.float64]) -> list[str]:
    """Returns a JPEG file in base64 for each of the positions, `[pictures, positions]`."""
    from maml_tf.rl import environments  # needs no TensorFlow

    kind = getattr(environments, declared["part"].rpartition(".")[2])
    pictures = environments.frames(kind(dynamics=declared["dynamics"]), positions, height=HEIGHT, width=WIDTH)
    return [_jpeg(picture[SKY:]) for picture in pictures]


def _jpeg(picture: NDArray[np.uint8]) -> str:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, format="jpeg", quality=80, optimize=True)
    return base64.b64encode(file.getvalue()).decode()
