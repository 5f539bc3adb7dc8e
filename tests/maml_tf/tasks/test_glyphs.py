"""Glyphs as task distributions: three parts without a common alphabet."""

from collections.abc import Iterator

import numpy as np
import pytest

from maml_tf import FewShotImages
from maml_tf.datasets import DatasetError, glyphs
from maml_tf.tasks import glyph_images
from maml_tf.tasks import glyphs as module


@pytest.fixture
def _few_drawings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two drawings of each character instead of twenty, which takes less time."""
    forget()
    monkeypatch.setattr(module, "glyphs", lambda **settings: glyphs(drawings=2, **settings))
    yield
    forget()


def forget() -> None:
    module._part.cache_clear()
    module._all.cache_clear()


@pytest.mark.usefixtures("_few_drawings")
def test_the_parts_share_all_alphabets_out() -> None:
    parts = {split: glyph_images(split=split) for split in ("train", "validation", "test")}
    assert {split: len(part.names) for split, part in parts.items()} == {"train": 720, "validation": 80, "test": 200}
    alphabets = [{name.split("/")[0] for name in part.names} for part in parts.values()]
    assert len(set.union(*alphabets)) == sum(len(each) for each in alphabets) == 50


@pytest.mark.usefixtures("_few_drawings")
def test_images_are_made_once_a_process() -> None:
    assert glyph_images(split="test") is glyph_images(split="test")


@pytest.mark.usefixtures("_few_drawings")
def test_they_make_tasks() -> None:
    tasks = FewShotImages(images=glyph_images(split="train"), ways=5, shot=1, query=1, rotations=True)
    episodes = tasks.episodes(tasks.sample((0, 0), 3))
    assert episodes.support.inputs.shape == (3, 5, 28, 28)
    assert set(np.unique(episodes.query.inputs)) == {0.0, 1.0}


def test_an_unknown_part_is_quoted() -> None:
    with pytest.raises(DatasetError, match="split is 'dev'; allowed: train, validation, test"):
        glyph_images(split="dev")  # type: ignore[arg-type]


@pytest.mark.slow
def test_there_are_as_many_drawings_as_omniglot_has() -> None:
    assert glyph_images(split="validation").images.shape == (80, 20, 28, 28)
