"""Glyphs: synthetic handwriting, for few-shot classification without data.

An alphabet has a style, a character of it consists of a few pen strokes, and every drawing of a character varies
randomly. The images resemble those of Omniglot, but accuracies on them cannot be compared with published ones.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.image_classes import ImageClasses, Split

IMAGE_SIDE = 28
"""Height and width of an image, in pixels."""

ALPHABETS = {"train": range(0, 36), "validation": range(36, 40), "test": range(40, 50)}
"""The alphabets of the splits. Characters of one alphabet are in one split only."""

CHARACTERS = 20
"""Characters of an alphabet, in the splits."""

PEN_POSITIONS = 64
"""Positions of the pen along a stroke. They are half a pixel apart where a stroke crosses the whole image."""

NEIGHBOURS = np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1], indexing="ij"), axis=-1).reshape(9, 2)
"""Offsets of the pixels that the pen may reach from the pixel below its centre."""

Strokes = NDArray[np.float64]
"""Control points of cubic Bézier curves: [..., strokes, 4, 2] as (down, right)."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """What the characters of an alphabet have in common.

    Attributes:
        strokes: Smallest and largest number of strokes of a character.
        grid: Rows and columns of the grid of points where strokes start and end.
        size: Height and width of a character, in image sides.
        straight: Share of strokes that are straight lines.
        bend: Distance of the other strokes from a straight line, relative to its length.
        joined: Share of strokes that start at the end of the previous one.
        pen: Radius of the pen, in pixels.
    """

    strokes: tuple[int, int]
    grid: tuple[int, int]
    size: tuple[float, float]
    straight: float
    bend: float
    joined: float
    pen: float


def glyphs(*, alphabets: int = 50, characters: int = 20, drawings: int = 20, seed: int = 0) -> ImageClasses:
    """Draws synthetic characters. A drawing does not depend on the numbers of alphabets, characters and drawings.

    Args:
        alphabets: Number of alphabets.
        characters: Number of characters of an alphabet.
        drawings: Number of drawings of a character.
        seed: Seed of all images.

    Returns:
        Images [alphabets * characters, drawings, 28, 28] with ink = 255. Their classes are named like
        `Alphabet07/character03`.

    Raises:
        DatasetError: A number is below 1, or the seed is below 0.
    """
    _check(1, alphabets=alphabets, characters=characters, drawings=drawings)
    _check(0, seed=seed)
    images = np.empty([alphabets, characters, drawings, IMAGE_SIDE, IMAGE_SIDE], np.uint8)
    for alphabet in range(alphabets):
        style = draw_style(_generator(seed, alphabet))
        for character in range(characters):
            generator = _generator(seed, alphabet, character)
            varied = vary(draw_strokes(style, generator), drawings, generator)
            images[alphabet, character] = rasterise(varied, style.pen, IMAGE_SIDE)
    names = tuple(
        f"Alphabet{alphabet:02d}/character{character:02d}"
        for alphabet in range(1, alphabets + 1)
        for character in range(1, characters + 1)
    )
    return ImageClasses(images=images.reshape(-1, drawings, IMAGE_SIDE, IMAGE_SIDE), names=names)


def glyph_images(*, split: Split) -> ImageClasses:
    """Returns the characters of one split: 720 for meta-training, 80 for meta-validation, 200 for meta-testing.

    Args:
        split: `train`, `validation` or `test`.

    Raises:
        DatasetError: There is no such split.
    """
    if split not in ALPHABETS:
        raise DatasetError(f"split is {split!r}; allowed: {', '.join(ALPHABETS)}")
    return _split(split)


@cache  # The task distributions of a process share the images.
def _split(split: Split) -> ImageClasses:
    chosen = ALPHABETS[split]
    return _all().select(_all().names[chosen.start * CHARACTERS : chosen.stop * CHARACTERS])


@cache
def _all() -> ImageClasses:
    return glyphs(alphabets=ALPHABETS["test"].stop, characters=CHARACTERS)


def draw_style(generator: np.random.Generator) -> Style:
    """Draws the random style of an alphabet."""
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
    """Draws a random character of an alphabet: [strokes, 4, 2], in image sides from the centre."""
    points = style.grid[0] * style.grid[1]
    strokes = []
    end = int(generator.integers(points))
    for _ in range(generator.integers(*style.strokes, endpoint=True)):
        start = end if generator.random() < style.joined else int(generator.integers(points))
        end = (start + int(generator.integers(1, points))) % points  # any other point
        strokes.append(_stroke(_grid_point(start, style), _grid_point(end, style), style, generator))
    character = np.stack(strokes)
    path = pen_path(character)
    centred: Strokes = character - (path.min(axis=(0, 1)) + path.max(axis=(0, 1))) / 2
    return centred * style.size


def vary(strokes: Strokes, drawings: int, generator: np.random.Generator) -> Strokes:
    """Varies a character as handwriting does: its size, slant, rotation, place and control points.

    Args:
        strokes: Control points of the character, [strokes, 4, 2], in image sides from the centre.
        drawings: Number of variations.
        generator: Source of random numbers.

    Returns:
        Control points [drawings, strokes, 4, 2], in image sides from the upper left corner.
    """
    # All numbers of a drawing are in one row, so that the first drawings do not depend on how many follow.
    draws = generator.standard_normal([drawings, 6 + strokes.size])
    height, width, slant, rotation, *shift = draws[:, :6].T
    noise = draws[:, 6:].reshape(drawings, *strokes.shape)
    skew = 0.08 * rotation, 0.08 * (slant - rotation)
    linear = np.stack([np.exp(0.1 * height), *skew, np.exp(0.1 * width)], axis=-1)
    deformed: Strokes = (strokes + 0.02 * noise) @ linear.reshape(drawings, 1, 2, 2)
    return 0.5 + deformed + 0.03 * np.stack(shift, axis=-1)[:, np.newaxis, np.newaxis]


def rasterise(strokes: Strokes, pen: float, side: int) -> NDArray[np.uint8]:
    """Draws cubic Bézier curves with a round pen; a pixel is ink if the pen passes over its centre.

    Args:
        strokes: Control points [drawings, strokes, 4, 2] as (down, right) in image sides from the upper left corner.
            Ink outside the image is cut off.
        pen: Radius of the pen in pixels, below 1.5.
        side: Height and width of an image, in pixels.

    Returns:
        Images [drawings, side, side] with ink = 255.
    """
    positions = pen_path(strokes).reshape(len(strokes), -1, 1, 2) * side - 0.5
    pixels = np.rint(positions).astype(np.intp) + NEIGHBOURS
    inked = ((pixels - positions) ** 2).sum(axis=-1) <= pen**2
    inked &= ((pixels >= 0) & (pixels < side)).all(axis=-1)
    drawing, position, neighbour = np.nonzero(inked)
    images = np.zeros([len(strokes), side, side], np.uint8)
    images[(drawing, *pixels[drawing, position, neighbour].T)] = 255
    return images


def pen_path(strokes: Strokes) -> NDArray[np.float64]:
    """Returns 64 points along cubic Bézier curves: [..., 64, 2] for control points [..., 4, 2]."""
    along = np.linspace(0.0, 1.0, PEN_POSITIONS)[:, np.newaxis]
    power = np.arange(4)
    bernstein = np.array([1, 3, 3, 1]) * along**power * (1 - along) ** (3 - power)
    path: NDArray[np.float64] = bernstein @ strokes
    return path


def _grid_point(index: int, style: Style) -> NDArray[np.float64]:
    rows, columns = style.grid
    down, right = divmod(index, columns)
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


def _generator(seed: int, *key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def _check(minimum: int, **settings: int) -> None:
    for name, value in settings.items():
        if value < minimum:
            raise DatasetError(f"{name} is {value!r}; allowed: {minimum} or more")
