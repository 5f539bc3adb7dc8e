"""The speed of rollouts: all contenders step the same tasks. No test asserts a time."""

import json
import subprocess
import sys

import numpy as np
import pytest

from benchmarks.declaring.settings import build
from benchmarks.speed import rollouts

pytest.importorskip("mujoco")
pytest.importorskip("gymnasium")

PROGRAM = """
import json, sys
from benchmarks.speed import rollouts

result = rollouts.compare(2, 1, quiet=True, tasks=2, rollouts=2)
rollouts.print_result(result)
assert "tensorflow" not in sys.modules
print(json.dumps(result))
"""


def test_all_contenders_are_timed() -> None:
    # In a process of its own, which has no threads when it starts others.
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", PROGRAM], capture_output=True, text=True, check=True)
    *text, last = done.stdout.splitlines()
    result = json.loads(last)

    assert set(result["environments"]) == set(rollouts.ENVIRONMENTS)
    for found in result["environments"].values():
        speeds = {name: np.array(values) for name, values in found["steps_per_second"].items()}
        assert set(speeds) == {rollouts.SIMULATORS, rollouts.PHYSICS, rollouts.SYNC, rollouts.ASYNC}
        assert all(values.shape == (1,) and values[0] > 0 for values in speeds.values())
        assert found["of_physics"] == pytest.approx(speeds["simulators"][0] / speeds["bare physics"][0])
        fastest = max(speeds["SyncVectorEnv"][0], speeds["AsyncVectorEnv"][0])
        assert found["of_vector"] == pytest.approx(speeds["simulators"][0] / fastest)
    assert sum("bare physics" in line for line in text) == 4


def test_every_task_has_a_policy_of_its_own() -> None:
    policy, again = rollouts.Policy(3, 5, 2), rollouts.Policy(3, 5, 2)
    observations = np.broadcast_to(np.float32(0.5), (3, 4, 5))
    actions = policy(observations)

    np.testing.assert_array_equal(actions, again(observations))
    assert (actions.shape, actions.dtype) == ((3, 4, 2), np.float32)
    assert len(np.unique(actions)) == actions.size


def test_rollouts_that_have_ended_do_not_count() -> None:
    simulators = rollouts.Simulators(build(rollouts.ENVIRONMENTS["ant"]), 2, 2)
    simulators.begin()
    assert simulators.advance(3) == 12
    simulators._simulator._physics.fields.positions[0, 2] = 5.0
    assert simulators.advance(2) == 4 + 3
