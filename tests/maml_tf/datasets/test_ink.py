"""Pen strokes become the pixels that geometry says."""

import numpy as np
import pytest
from numpy.typing import NDArray

from maml_tf.datasets.ink import pen_places, rasterise

SIDE = 9


def line(start: tuple[float, float], end: tuple[float, float]) -> NDArray[np.float64]:
    """The control points of a line between two pixels, in image sides: [1, 4, 2]."""
    share = np.linspace(0, 1, 4)[:, np.newaxis]
    pixels = (1 - share) * np.array(start) + share * np.array(end)
    points: NDArray[np.float64] = (pixels + 0.5) / SIDE
    return points[np.newaxis]


def drawn(*strokes: NDArray[np.float64], pen: float = 0.5) -> NDArray[np.uint8]:
    images = rasterise(np.stack([np.concatenate(strokes)]), pen, SIDE)
    return images.reshape(SIDE, SIDE)


def test_a_level_line_inks_its_row_alone() -> None:
    expected = np.zeros([SIDE, SIDE], np.uint8)
    expected[3, 2:7] = 255
    np.testing.assert_array_equal(drawn(line((3, 2), (3, 6))), expected)


def test_down_comes_before_right() -> None:
    expected = np.zeros([SIDE, SIDE], np.uint8)
    expected[1:8, 4] = 255
    np.testing.assert_array_equal(drawn(line((1, 4), (7, 4))), expected)


def test_a_wide_pen_inks_every_pixel_whose_centre_is_below_it() -> None:
    expected = np.zeros([SIDE, SIDE], np.uint8)
    expected[3:6, 4] = 255
    expected[4, 3:6] = 255
    np.testing.assert_array_equal(drawn(line((4, 4), (4, 4)), pen=1.1), expected)
    expected[3:6, 3:6] = 255
    np.testing.assert_array_equal(drawn(line((4, 4), (4, 4)), pen=1.45), expected)


def test_strokes_add_up() -> None:
    strokes = line((2, 1), (2, 7)), line((1, 5), (7, 5))
    np.testing.assert_array_equal(drawn(*strokes), np.maximum(*(drawn(stroke) for stroke in strokes)))


def test_ink_beyond_the_image_is_cut_off() -> None:
    np.testing.assert_array_equal(drawn(line((4, -5), (4, 13)))[4], [255] * SIDE)
    assert not drawn(line((-3, 0), (-3, 8))).any()


def test_each_drawing_is_its_own() -> None:
    both = rasterise(np.stack([line((1, 1), (1, 5)), line((6, 2), (6, 7))]), 0.5, SIDE)
    np.testing.assert_array_equal(both[0], drawn(line((1, 1), (1, 5))))
    np.testing.assert_array_equal(both[1], drawn(line((6, 2), (6, 7))))


def test_the_pen_follows_the_curve_of_de_casteljau() -> None:
    points = np.random.default_rng(0).normal(size=[2, 3, 4, 2])
    places = pen_places(points)
    assert places.shape == (2, 3, 64, 2)
    for index, along in enumerate(np.linspace(0, 1, 64)):
        between = points
        while between.shape[-2] > 1:
            between = (1 - along) * between[..., :-1, :] + along * between[..., 1:, :]
        np.testing.assert_allclose(places[..., index, :], between[..., 0, :], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("pen", [0.5, 0.7])
def test_a_line_across_the_image_has_no_gap(pen: float) -> None:
    side = 28
    diagonal = np.linspace([0.0, 0.0], [1.0, 1.0], 4)[np.newaxis, np.newaxis]
    image = rasterise(diagonal, pen, side)[0]
    assert (np.diagonal(image) == 255).all()
