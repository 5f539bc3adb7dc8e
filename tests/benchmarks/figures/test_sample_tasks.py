"""Tests of the sample tasks: their images, their reasons, and one of each family."""

import base64
import io
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.catalogue import CATALOGUE
from benchmarks.data.inventory import DataSet
from benchmarks.experiments.sinusoid.sample import AMPLITUDE, INPUTS, PHASE, sample
from benchmarks.figures.sample_tasks import image_task, left_out, png
from maml_tf import Sinusoid
from maml_tf.datasets import DatasetMissing

SETTINGS = {"ways": 3, "shot": 2, "query": 1, "rotations": False}


def pixels(text: str) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(base64.b64decode(text))))


def example_images(classes: int = 4, examples: int = 3) -> np.ndarray:
    """Returns images whose upper left pixel is 10 for the first image of the first class, 11 for the second, ..."""
    images = np.zeros([classes, examples, 5, 5], np.uint8)
    images[:, :, 0, 0] = 10 * np.arange(1, classes + 1)[:, np.newaxis] + np.arange(examples)
    return images


def test_a_class_has_support_and_query_images_without_repetition() -> None:
    task = image_task(example_images(), SETTINGS)
    assert [(len(one["support"]), len(one["query"])) for one in task] == [(2, 1)] * 3
    drawn = [{255 - int(pixels(text)[0, 0]) for text in (*one["support"], *one["query"])} for one in task]
    assert all(len(images) == 3 for images in drawn)
    assert len({next(iter(images)) // 10 for images in drawn}) == 3
    assert all(len({number // 10 for number in images}) == 1 for images in drawn)


def test_all_images_of_a_class_have_one_rotation() -> None:
    corners = set()
    for seed in range(8):
        for one in image_task(example_images(), SETTINGS | {"rotations": True}, seed):
            places = {tuple(np.argwhere(pixels(text) < 255)[0].tolist()) for text in (*one["support"], *one["query"])}
            assert len(places) == 1
            corners |= places
    assert corners == {(0, 0), (0, 4), (4, 0), (4, 4)}


def test_ink_is_dark() -> None:
    assert pixels(png(np.array([[255, 0]], np.uint8))).tolist() == [[0, 255]]


def test_images_that_are_missing_or_not_decoded_have_a_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAML_TF_CACHE", str(tmp_path))

    def missing() -> tuple[Path, ...]:
        raise DatasetMissing("nothing is there")

    absent = DataSet(name="waves", find=missing, how="")
    assert left_out(absent) == "Its images are missing; `python -m benchmarks data status waves` says what to do."
    assert left_out(DataSet(name="waves", find=lambda: (), verified="all", how="")) is None


def test_images_that_are_not_decoded_have_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    omniglot = next(one for one in CATALOGUE.families if one.title == "Omniglot")
    monkeypatch.setattr("benchmarks.figures.sample_tasks.left_out", lambda _: "Not decoded.")
    assert omniglot.sample
    shown = omniglot.sample()
    assert shown["left_out"] == "Not decoded."
    assert "classes" not in shown


def test_every_family_shows_a_task_or_says_why_not() -> None:
    tasks = {task["family"]: task for task in CATALOGUE.sample_tasks()}
    assert list(tasks) == [family.title for family in CATALOGUE.families]
    assert all(sum(name in task for name in ("classes", "panel", "left_out")) == 1 for task in tasks.values())
    assert "research only" in tasks["MiniImagenet"]["left_out"]
    assert [len(one["support"]) for one in tasks["Glyphs"]["classes"]] == [1] * 5


def test_the_sine_wave_is_one_that_the_task_distribution_may_draw() -> None:
    waves = Sinusoid()
    assert (waves.amplitude, waves.inputs) == (AMPLITUDE, INPUTS)
    assert pytest.approx(waves.phase) == PHASE
    panel = sample()["panel"]
    amplitude, phase = map(float, panel["title"].replace("amplitude ", "").split(", phase "))
    assert len(panel["support"]["x"]) == 10
    for x, y in zip(panel["support"]["x"], panel["support"]["y"], strict=True):
        assert y == pytest.approx(amplitude * math.sin(x - phase), abs=0.3)
