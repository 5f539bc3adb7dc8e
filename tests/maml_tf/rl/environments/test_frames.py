"""Pictures of robots, where a library renders them."""

from typing import Any

import numpy as np
import pytest

from maml_tf import SettingError
from maml_tf.rl import AntVelocity, HalfCheetahDirection, frames

pytest.importorskip("mujoco")
pytest.importorskip("gymnasium")
SIZE = {"height": 60, "width": 80}


@pytest.mark.parametrize("environment", [HalfCheetahDirection(), AntVelocity()], ids=lambda each: type(each).__name__)
def test_a_robot_that_moves_is_seen_to_move(environment: Any) -> None:
    simulator = environment.simulator()
    simulator.begin([[1.0]], 1, [[0, 0]])
    positions = [simulator.positions[0, 0]]
    for _ in range(15):
        simulator.step(np.ones((1, 1, simulator.action_size)))
    positions.append(simulator.positions[0, 0])
    try:
        first, later, again = frames(environment, [*positions, positions[0]], **SIZE)
    except SettingError as error:
        pytest.skip(str(error))

    assert (first.shape, first.dtype) == ((60, 80, 3), np.uint8)
    assert len(np.unique(first)) > 20
    np.testing.assert_array_equal(first, again)
    assert (first != later).any(axis=-1).mean() > 0.005


def test_the_reason_why_nothing_renders_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJOCO_GL", "crayon")
    with pytest.raises(SettingError) as raised:
        frames(AntVelocity(), np.zeros((1, 15)), **SIZE)
    assert str(raised.value).startswith("no picture can be rendered on this machine (crayon: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("shape", [(15,), (0, 15), (2, 9)])
def test_positions_that_do_not_fit_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(SettingError) as raised:
        frames(AntVelocity(), np.zeros(shape))
    assert str(raised.value) == f"positions must have shape [frames, 15], not {list(shape)}"
