"""Rows of rendered robots, from the positions in records."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from benchmarks.experiments.reinforcement_learning.filmstrips import filmstrips
from benchmarks.records.evidence import Measured
from benchmarks.records.record import Record
from maml_tf.errors import SettingError
from maml_tf.rl import environments
from tests.benchmarks.experiments.reinforcement_learning.returns import record, theirs

PATHS = np.zeros((2, 11, 9))
PATHS[0, :, 0] = np.linspace(-0.04, 0.3, 11)
PATHS[1, :, 0] = np.linspace(0, -5, 11)
PATHS[1, 9:] = np.nan  # this rollout ended


def recorded(goal: float = -1.0, key: str = "cheetah-direction") -> Record:
    made = record(key, "maml", theirs(f"figure-5/{key}", "maml"), seed=2)
    made.arrays["picture/paths/curves"], made.arrays["picture/paths/goal"] = PATHS, np.array([goal])  # type: ignore[index]
    return made


def drawn(*records: Record) -> dict[str, Any]:
    (strip,) = filmstrips(Measured(list(records)))
    return strip


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """The positions that were rendered; every picture is black."""
    asked: list[np.ndarray] = []

    def frames(environment: Any, positions: np.ndarray, *, height: int, width: int) -> np.ndarray:
        assert environment.robot.name == "half_cheetah"
        asked.append(positions)
        return np.zeros((len(positions), height, width, 3), np.uint8)

    monkeypatch.setattr(environments, "frames", frames)
    return asked


def test_each_policy_has_a_row_of_pictures_with_the_position_below(rendered: list[np.ndarray]) -> None:
    strips = drawn(recorded())["strips"]
    assert [strip["label"] for strip in strips] == ["before adaptation", "after 1 gradient step"]
    labels = [[picture and picture["label"] for picture in strip["pictures"]] for strip in strips]
    assert labels[0] == ["0.0 m", "0.0 m", "0.1 m", "0.2 m", "0.2 m", "0.3 m"]
    assert labels[1] == ["0.0 m", *(f"\N{MINUS SIGN}{metres}.0 m" for metres in (1, 2, 3, 4)), None]
    (positions,) = rendered
    np.testing.assert_array_equal(positions, [*PATHS[0, ::2], *PATHS[1, :9:2]])
    picture = Image.open(io.BytesIO(base64.b64decode(strips[0]["pictures"][0]["image"])))
    assert (picture.format, picture.size) == ("JPEG", (180, 95))


@pytest.mark.parametrize(
    ("key", "goal", "words"),
    [
        ("cheetah-direction", -1.0, "to run backward"),
        ("cheetah-direction", 1.0, "to run forward"),
        ("cheetah-velocity", 1.25, "to run at 1.25 m/s"),
    ],
)
def test_the_caption_names_the_goal(key: str, goal: float, words: str, rendered: list[np.ndarray]) -> None:
    caption = drawn(recorded(goal, key))["caption"]
    assert f"one test goal, which is {words}, with the policy of seed 2." in caption
    assert "over 10 time steps" in caption
    assert len(rendered) == 1


def test_without_a_renderer_the_reason_takes_the_place_of_the_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any, **named: Any) -> None:
        raise SettingError("no picture can be rendered on this machine (egl: none)")

    monkeypatch.setattr(environments, "frames", refuse)
    strip = drawn(recorded())
    assert strip["left_out"] == "The robot is not shown: no picture can be rendered on this machine (egl: none)."
    assert "strips" not in strip


def test_records_without_positions_have_no_filmstrip() -> None:
    navigation = record("navigation", "maml", theirs("figure-4", "maml"))
    bare = record("cheetah-direction", "maml", theirs("figure-5/cheetah-direction", "maml"))
    assert filmstrips(Measured([navigation, bare])) == []
