"""One task of a family as plain data for the report: images as PNG files in base64, or why they are left out."""

import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data.inventory import DataSet, State, inspect
from benchmarks.family import Drawing

SEED = 0


def image_task(images: NDArray[np.uint8], settings: Mapping[str, Any], seed: int = SEED) -> list[Drawing]:
    """Draws one few-shot task.

    Args:
        images: Grey images, `[classes, examples, height, width]`, with ink = 255.
        settings: The declared task distribution: `ways`, `shot`, `query` and `rotations`.
        seed: Seed of the draw. It is not the draw of any run.

    Returns:
        For each class the `support` and the `query` images, as PNG files in base64, with dark ink on white.
    """
    generator = np.random.default_rng(seed)
    classes = generator.choice(len(images), settings["ways"], replace=False)
    return [_class(images[one], settings, generator) for one in classes]


def left_out(data_set: DataSet) -> str | None:
    """Returns why the images of a data set cannot be shown, in one sentence; None if they are ready."""
    row = inspect(data_set)
    if row.state == State.READY:
        return None
    if row.state == State.FOUND:
        return f"Its images are not decoded yet; `python -m benchmarks data prepare {data_set.name}` does so."
    return f"Its images are {row.state}; `python -m benchmarks data status {data_set.name}` says what to do."


def png(image: NDArray[np.uint8]) -> str:
    """Returns a grey image, `[height, width]` with ink = 255, as a PNG file in base64."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(255 - image).save(file, format="png", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def _class(images: NDArray[np.uint8], settings: Mapping[str, Any], generator: np.random.Generator) -> Drawing:
    shot = settings["shot"]
    chosen = images[generator.choice(len(images), shot + settings["query"], replace=False)]
    if settings.get("rotations"):
        chosen = np.rot90(chosen, int(generator.integers(4)), axes=(1, 2))
    encoded = [png(image) for image in chosen]
    return {"support": encoded[:shot], "query": encoded[shot:]}
