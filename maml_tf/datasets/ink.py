"""Pen strokes as images."""

import numpy as np
from numpy.typing import NDArray

PLACES = 64
"""Places of the pen along a stroke: half a pixel apart where a stroke crosses the whole image."""

NEIGHBOURS = np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1], indexing="ij"), axis=-1).reshape(9, 2)
"""Where ink may fall around the pixel below the pen."""


def rasterise(strokes: NDArray[np.float64], pen: float, side: int) -> NDArray[np.uint8]:
    """Draws cubic Bézier curves with a round pen; a pixel is ink if its centre is below the pen.

    Args:
        strokes: Control points [drawings, strokes, 4, 2] as (down, right) in image sides from the
            upper left corner. What leaves the image is cut off.
        pen: Half the width of the pen in pixels, below 1.5.
        side: Height and width of an image, in pixels.

    Returns:
        [drawings, side, side] with ink = 255.
    """
    places = pen_places(strokes).reshape(len(strokes), -1, 1, 2) * side - 0.5
    pixels = np.rint(places).astype(np.intp) + NEIGHBOURS
    inked = ((pixels - places) ** 2).sum(axis=-1) <= pen**2
    inked &= ((pixels >= 0) & (pixels < side)).all(axis=-1)
    drawing, place, neighbour = np.nonzero(inked)
    images = np.zeros([len(strokes), side, side], np.uint8)
    images[(drawing, *pixels[drawing, place, neighbour].T)] = 255
    return images


def pen_places(strokes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the pen goes: [..., 4, 2] control points of cubic Bézier curves become [..., 64, 2] places."""
    along = np.linspace(0.0, 1.0, PLACES)[:, np.newaxis]
    power = np.arange(4)
    bernstein = np.array([1, 3, 3, 1]) * along**power * (1 - along) ** (3 - power)
    places: NDArray[np.float64] = bernstein @ strokes
    return places
