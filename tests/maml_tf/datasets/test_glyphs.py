"""Synthetic handwriting: reproducible, varied, and neither trivial nor too hard to classify."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from maml_tf import FewShotImages
from maml_tf.datasets import DatasetError, ImageClasses, glyph_images, glyphs
from maml_tf.datasets.glyphs import Style, draw_strokes, pen_path, rasterise, vary
from maml_tf.datasets.image_classes import SPLITS

# The package has a function of the same name.
MODULE: Any = sys.modules["maml_tf.datasets.glyphs"]


@pytest.fixture(scope="module")
def some() -> ImageClasses:
    return glyphs(alphabets=10, characters=5, drawings=5)


def distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Shares of differing pixels, for all pairs of first and second images."""
    flat = [images.reshape(-1, 784) > 0 for images in (first, second)]
    shares: np.ndarray = (flat[0][:, np.newaxis] != flat[1]).mean(axis=-1)
    return shares


def test_images_have_as_much_ink_as_those_of_omniglot(some: ImageClasses) -> None:
    assert some.images.shape == (50, 5, 28, 28)
    np.testing.assert_array_equal(np.unique(some.images), [0, 255])
    assert 0.05 < (some.images > 0).mean() < 0.11  # Omniglot: 0.08
    assert (some.images > 0).any(axis=(2, 3)).all()


def test_names_say_alphabet_and_character(some: ImageClasses) -> None:
    assert some.names[:6] == (
        *(f"Alphabet01/character{number:02d}" for number in range(1, 6)),
        "Alphabet02/character01",
    )
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


def test_pixels_alone_separate_characters_only_partly(some: ImageClasses) -> None:
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


def test_characters_are_centred_and_not_larger_than_their_size() -> None:
    for seed in range(20):
        points = strokes(seed, straight=1.0)
        np.testing.assert_allclose(points.min(axis=(0, 1)), -points.max(axis=(0, 1)), atol=1e-12)
        assert (np.ptp(points, axis=(0, 1)) <= np.array([0.6, 0.4]) + 1e-12).all()


def test_drawings_vary_around_the_character() -> None:
    character = strokes(0)
    varied = vary(character, 2000, np.random.default_rng(1))
    assert varied.shape == (2000, *character.shape)
    np.testing.assert_allclose(varied.mean(axis=0), character + 0.5, atol=0.01)
    assert (varied.std(axis=0) > 0.03).all()


@pytest.mark.parametrize(("setting", "value"), [("alphabets", 0), ("characters", -1), ("drawings", 0), ("seed", -1)])
def test_an_invalid_setting_is_quoted(setting: str, value: int) -> None:
    with pytest.raises(DatasetError, match=f"{setting} is {value}; allowed: . or more"):
        glyphs(**{setting: value})


SIDE = 9


def line(start: tuple[float, float], end: tuple[float, float]) -> NDArray[np.float64]:
    """Returns the control points of a line between two pixels, in image sides: [1, 4, 2]."""
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


def test_drawings_are_independent() -> None:
    both = rasterise(np.stack([line((1, 1), (1, 5)), line((6, 2), (6, 7))]), 0.5, SIDE)
    np.testing.assert_array_equal(both[0], drawn(line((1, 1), (1, 5))))
    np.testing.assert_array_equal(both[1], drawn(line((6, 2), (6, 7))))


def test_the_pen_follows_the_curve_of_de_casteljau() -> None:
    points = np.random.default_rng(0).normal(size=[2, 3, 4, 2])
    path = pen_path(points)
    assert path.shape == (2, 3, 64, 2)
    for index, along in enumerate(np.linspace(0, 1, 64)):
        between = points
        while between.shape[-2] > 1:
            between = (1 - along) * between[..., :-1, :] + along * between[..., 1:, :]
        np.testing.assert_allclose(path[..., index, :], between[..., 0, :], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("pen", [0.5, 0.7])
def test_a_line_across_the_image_has_no_gap(pen: float) -> None:
    side = 28
    diagonal = np.linspace([0.0, 0.0], [1.0, 1.0], 4)[np.newaxis, np.newaxis]
    image = rasterise(diagonal, pen, side)[0]
    assert (np.diagonal(image) == 255).all()


@pytest.fixture
def _few_drawings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Makes two drawings of a character instead of twenty, which takes less time."""
    forget()
    monkeypatch.setattr(MODULE, "glyphs", lambda **settings: glyphs(drawings=2, **settings))
    yield
    forget()


def forget() -> None:
    MODULE._split.cache_clear()
    MODULE._all.cache_clear()


@pytest.mark.usefixtures("_few_drawings")
def test_no_alphabet_is_in_two_splits() -> None:
    names = {split: glyph_images(split=split).names for split in SPLITS}
    assert {split: len(of_split) for split, of_split in names.items()} == {"train": 720, "validation": 80, "test": 200}
    alphabets = [{name.split("/")[0] for name in of_split} for of_split in names.values()]
    assert len(set.union(*alphabets)) == sum(map(len, alphabets)) == 50


@pytest.mark.usefixtures("_few_drawings")
def test_images_are_made_once_a_process() -> None:
    assert glyph_images(split="test") is glyph_images(split="test")


@pytest.mark.usefixtures("_few_drawings")
def test_splits_make_tasks() -> None:
    tasks = FewShotImages(images=glyph_images(split="train"), ways=5, shot=1, query=1, rotations=True)
    episodes = tasks.episodes(tasks.sample((0, 0), 3))
    assert episodes.support.inputs.shape == (3, 5, 28, 28)
    assert set(np.unique(episodes.query.inputs)) == {0.0, 1.0}


def test_an_unknown_split_is_quoted() -> None:
    with pytest.raises(DatasetError, match="split is 'dev'; allowed: train, validation, test"):
        glyph_images(split="dev")  # type: ignore[arg-type]


@pytest.mark.slow
def test_characters_have_as_many_drawings_as_in_omniglot() -> None:
    assert glyph_images(split="validation").images.shape == (80, 20, 28, 28)
