"""Made-up handwriting: reproducible, varied, and neither trivial nor hopeless."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from maml_tf.datasets import DatasetError, ImageClasses, glyphs
from maml_tf.datasets.glyphs import Style, draw_strokes, write


@pytest.fixture(scope="module")
def some() -> ImageClasses:
    return glyphs(alphabets=10, characters=5, drawings=5)


def distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Shares of pixels in which each of the first images differs from each of the second."""
    flat = [images.reshape(-1, 784) > 0 for images in (first, second)]
    shares: np.ndarray = (flat[0][:, np.newaxis] != flat[1]).mean(axis=-1)
    return shares


def test_images_are_ink_on_nothing_like_those_of_omniglot(some: ImageClasses) -> None:
    assert some.images.shape == (50, 5, 28, 28)
    np.testing.assert_array_equal(np.unique(some.images), [0, 255])
    assert 0.05 < (some.images > 0).mean() < 0.11  # Omniglot: 0.08
    assert (some.images > 0).any(axis=(2, 3)).all()


def test_names_say_alphabet_and_character(some: ImageClasses) -> None:
    assert some.names[:6] == (*(f"Alphabet01/character{each:02d}" for each in range(1, 6)), "Alphabet02/character01")
    assert some.names[-1] == "Alphabet10/character05"


def test_the_same_seed_gives_the_same_images(some: ImageClasses) -> None:
    assert glyphs(alphabets=10, characters=5, drawings=5).checksum == some.checksum
    other = glyphs(alphabets=10, characters=5, drawings=5, seed=1)
    assert (other.images != some.images).any(axis=(1, 2, 3)).all()


@pytest.mark.parametrize("counts", [(3, 5, 5), (10, 2, 5), (10, 5, 2)])
def test_a_drawing_does_not_depend_on_how_many_others_there_are(
    some: ImageClasses, counts: tuple[int, int, int]
) -> None:
    fewer = glyphs(alphabets=counts[0], characters=counts[1], drawings=counts[2])
    np.testing.assert_array_equal(fewer.images, some.select(fewer.names).images[:, : counts[2]])


def test_no_drawing_is_made_twice(some: ImageClasses) -> None:
    images = some.images.reshape(-1, 784)
    assert len(np.unique(images, axis=0)) == len(images)


def test_characters_differ_more_than_drawings_of_one(some: ImageClasses) -> None:
    between = distances(some.images, some.images).reshape(50, 5, 50, 5)
    same_character = np.eye(50, dtype=bool)
    same_drawing = np.eye(5, dtype=bool)
    within = between.transpose(0, 2, 1, 3)[same_character][:, ~same_drawing].mean()
    across = between.transpose(0, 2, 1, 3)[~same_character].mean()
    assert 0.02 < within < 0.9 * across


def test_pixels_alone_tell_characters_apart_only_partly(some: ImageClasses) -> None:
    generator, right = np.random.default_rng(0), []
    for _ in range(400):
        chosen = generator.choice(50, size=5, replace=False)
        support, query = generator.choice(5, size=2, replace=False)
        nearest = distances(some.images[chosen, query], some.images[chosen, support]).argmin(axis=1)
        right.append(nearest == range(5))
    assert 0.45 < np.mean(right) < 0.75  # chance: 0.20


PLAIN = Style(strokes=(4, 4), grid=(3, 3), size=(0.6, 0.4), straight=0.0, bend=0.5, joined=0.0, pen=0.5)


def strokes(seed: int, **changes: Any) -> np.ndarray:
    return draw_strokes(replace(PLAIN, **changes), np.random.default_rng(seed))


def test_the_style_sets_the_number_of_strokes() -> None:
    assert {len(strokes(seed, strokes=(2, 4))) for seed in range(50)} == {2, 3, 4}


def test_joined_strokes_start_where_the_one_before_ended() -> None:
    joined = strokes(0, joined=1.0)
    np.testing.assert_array_equal(joined[1:, 0], joined[:-1, 3])
    loose = strokes(0, joined=0.0)
    assert (loose[1:, 0] != loose[:-1, 3]).any()


def test_straight_strokes_are_lines_and_others_bend() -> None:
    def leaves_the_line(points: np.ndarray) -> np.ndarray:
        along, first = points[:, 3] - points[:, 0], points[:, 1] - points[:, 0]
        area: np.ndarray = np.abs(along[:, 0] * first[:, 1] - along[:, 1] * first[:, 0])
        return area

    np.testing.assert_allclose(leaves_the_line(strokes(0, straight=1.0)), 0.0, atol=1e-12)
    assert (leaves_the_line(strokes(0, straight=0.0)) > 1e-3).all()


def test_lines_fill_no_more_than_the_size_around_the_centre() -> None:
    for seed in range(20):
        points = strokes(seed, straight=1.0)
        np.testing.assert_allclose(points.min(axis=(0, 1)), -points.max(axis=(0, 1)), atol=1e-12)
        assert (np.ptp(points, axis=(0, 1)) <= np.array([0.6, 0.4]) + 1e-12).all()


def test_a_hand_is_unsteady_around_the_character() -> None:
    character = strokes(0)
    written = write(character, 2000, np.random.default_rng(1))
    assert written.shape == (2000, *character.shape)
    np.testing.assert_allclose(written.mean(axis=0), character + 0.5, atol=0.01)
    assert (written.std(axis=0) > 0.03).all()


@pytest.mark.parametrize(("setting", "value"), [("alphabets", 0), ("characters", -1), ("drawings", 0), ("seed", -1)])
def test_a_bad_setting_is_quoted(setting: str, value: int) -> None:
    with pytest.raises(DatasetError, match=f"{setting} is {value}; allowed: . or more"):
        glyphs(**{setting: value})
