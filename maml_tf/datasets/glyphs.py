"""Glyphs: made-up handwriting, drawn by a program, for a machine without data.

Each alphabet has a style, each character a few pen strokes, and each drawing of it an unsteady hand. The images look
like those of Omniglot, but no number measured on them is one of Omniglot.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.image_classes import ImageClasses
from maml_tf.datasets.ink import pen_places, rasterise

IMAGE_SIDE = 28
"""Height and width of an image, in pixels."""

Strokes = NDArray[np.float64]
"""Control points of cubic Bézier curves: [..., strokes, 4, 2] as (down, right)."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """What the characters of an alphabet have in common.

    Attributes:
        strokes: The fewest and the most strokes of a character.
        grid: Rows and columns of the places where strokes start and end.
        size: Height and width of a character, in image sides.
        straight: The share of strokes that are straight lines.
        bend: How far the others leave that line, in lengths of it.
        joined: The share of strokes that start where the one before ended.
        pen: Half the width of the pen, in pixels.
    """

    strokes: tuple[int, int]
    grid: tuple[int, int]
    size: tuple[float, float]
    straight: float
    bend: float
    joined: float
    pen: float


def glyphs(*, alphabets: int = 50, characters: int = 20, drawings: int = 20, seed: int = 0) -> ImageClasses:
    """Draws made-up characters. No drawing depends on how many others there are.

    Args:
        alphabets: Number of alphabets.
        characters: Characters of each alphabet.
        drawings: Drawings of each character.
        seed: Seed of them all; the same one gives the same images.

    Returns:
        Images [alphabets * characters, drawings, 28, 28] with ink = 255, named like
        `Alphabet07/character03`.

    Raises:
        DatasetError: If a number is below 1, or the seed below 0.
    """
    _check(1, alphabets=alphabets, characters=characters, drawings=drawings)
    _check(0, seed=seed)
    images = np.empty([alphabets, characters, drawings, IMAGE_SIDE, IMAGE_SIDE], np.uint8)
    for alphabet in range(alphabets):
        style = draw_style(_generator(seed, alphabet))
        for character in range(characters):
            generator = _generator(seed, alphabet, character)
            written = write(draw_strokes(style, generator), drawings, generator)
            images[alphabet, character] = rasterise(written, style.pen, IMAGE_SIDE)
    names = tuple(
        f"Alphabet{alphabet:02d}/character{character:02d}"
        for alphabet in range(1, alphabets + 1)
        for character in range(1, characters + 1)
    )
    return ImageClasses(images=images.reshape(-1, drawings, IMAGE_SIDE, IMAGE_SIDE), names=names)


def draw_style(generator: np.random.Generator) -> Style:
    """Draws the style of an alphabet."""
    fewest = int(generator.integers(2, 4))
    return Style(
        strokes=(fewest, fewest + 2),
        grid=(int(generator.integers(3, 5)), int(generator.integers(3, 5))),
        size=(generator.uniform(0.5, 0.75), generator.uniform(0.45, 0.75)),
        straight=generator.uniform(0.1, 0.8),
        bend=generator.uniform(0.2, 0.6),
        joined=generator.uniform(0.4, 0.9),
        pen=generator.uniform(0.5, 0.7),
    )


def draw_strokes(style: Style, generator: np.random.Generator) -> Strokes:
    """Draws a character of an alphabet: [strokes, 4, 2], in image sides from the centre."""
    places = style.grid[0] * style.grid[1]
    strokes = []
    end = int(generator.integers(places))
    for _ in range(generator.integers(*style.strokes, endpoint=True)):
        start = end if generator.random() < style.joined else int(generator.integers(places))
        end = (start + int(generator.integers(1, places))) % places  # any other place
        strokes.append(_stroke(_position(start, style), _position(end, style), style, generator))
    character = np.stack(strokes)
    ink = pen_places(character)
    centred: Strokes = character - (ink.min(axis=(0, 1)) + ink.max(axis=(0, 1))) / 2
    return centred * style.size


def write(strokes: Strokes, drawings: int, generator: np.random.Generator) -> Strokes:
    """Writes a character again and again, each time a little differently.

    Args:
        strokes: [strokes, 4, 2], in image sides from the centre.
        drawings: How often.
        generator: Of the unsteadiness.

    Returns:
        [drawings, strokes, 4, 2], in image sides from the upper left corner.
    """
    # One draw, a drawing a row: so the first drawings do not depend on how many follow.
    draws = generator.standard_normal([drawings, 6 + strokes.size])
    height, width, slant, turn, *shift = draws[:, :6].T
    tremble = draws[:, 6:].reshape(drawings, *strokes.shape)
    linear = np.stack([np.exp(0.1 * height), 0.08 * turn, 0.08 * (slant - turn), np.exp(0.1 * width)], axis=-1)
    deformed: Strokes = (strokes + 0.02 * tremble) @ linear.reshape(drawings, 1, 2, 2)
    return 0.5 + deformed + 0.03 * np.stack(shift, axis=-1)[:, np.newaxis, np.newaxis]


def _position(place: int, style: Style) -> NDArray[np.float64]:
    rows, columns = style.grid
    down, right = divmod(place, columns)
    return np.array([down / (rows - 1) - 0.5, right / (columns - 1) - 0.5])


def _stroke(
    start: NDArray[np.float64], end: NDArray[np.float64], style: Style, generator: np.random.Generator
) -> NDArray[np.float64]:
    along = end - start
    across = along[::-1] * (1, -1)
    bends = generator.choice([-style.bend, style.bend]) * generator.normal(1.0, 0.7, size=2)
    if generator.random() < style.straight:
        bends[:] = 0.0
    return np.stack([start, start + along / 3 + bends[0] * across, end - along / 3 + bends[1] * across, end])


def _generator(seed: int, *path: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=path))


def _check(least: int, **settings: int) -> None:
    for name, value in settings.items():
        if value < least:
            raise DatasetError(f"{name} is {value!r}; allowed: {least} or more")
