"""One rollout to a goal before adaptation and after some steps: the paths of Figure 4 (bottom), and runs of robots."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from benchmarks.declaring.settings import build, overridden
from benchmarks.experiments.reinforcement_learning.methods import TEST


def pictures(settings: Mapping[str, Any], learner: Any, parameters: Any) -> dict[str, np.ndarray]:
    """Adapts to one goal and keeps the first rollout after each declared number of steps.

    Args:
        settings: From `Experiment.settings`; each of `pictures` has `tasks`, the number of the `goal` among them,
            `seed` and `steps`. Policies adapt as in the meta-test.
        learner: The learner, not used, because the one of the meta-test differs.
        parameters: The meta-trained parameters.

    Returns:
        By `picture/<name>/...`: `goal`, shape [goal values]; and `curves`, positions of shape
        [steps, time steps + 1, values], which are not numbers after a rollout has ended. The positions of a robot are
        those of all its joints, from which `maml_tf.rl.frames` renders it.
    """
    del learner
    tested = build(overridden(settings["learner"], settings["tests"][TEST]["learner"]))
    arrays: dict[str, np.ndarray] = {}
    for name, declaration in settings["pictures"].items():
        arrays |= _paths(f"picture/{name}", declaration, tested, parameters)
    return arrays


def _paths(name: str, declaration: Mapping[str, Any], learner: Any, parameters: Any) -> dict[str, np.ndarray]:
    number, seed = declaration["goal"], declaration["seed"]
    goal = build(declaration["tasks"]).sample((seed, 0), number + 1)[number:]
    recorded = Recorded(environment=learner.environment)
    seeds = np.array([[seed, number]], np.int64)
    replace(learner, environment=recorded).sample_and_score(parameters, goal, seeds, max(declaration["steps"]))
    return {
        f"{name}/goal": np.asarray(goal[0], np.float32),
        f"{name}/curves": np.stack([recorded.paths[steps] for steps in declaration["steps"]]).astype(np.float32),
    }


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """An environment that keeps the positions in the first rollout of the first task.

    They are the positions that its simulator names, or else the observations.

    Attributes:
        environment: The environment.
        paths: Filled while its simulators run: one path for each start, `[time steps + 1, values]`.
    """

    environment: Any
    paths: list[np.ndarray] = field(default_factory=list, compare=False)

    def __getattr__(self, name: str) -> Any:
        if name == "environment":
            raise AttributeError(name)
        return getattr(self.environment, name)

    def simulator(self) -> "_RecordedSimulator":
        """Returns a new simulator that records."""
        return _RecordedSimulator(self.environment.simulator(), self.paths)

    def simulators(self) -> tuple["_RecordedSimulator", ...]:
        """Returns a new simulator that records; a single one, so that paths are in the order of the samples."""
        return (self.simulator(),)


class _RecordedSimulator:
    def __init__(self, simulator: Any, paths: list[np.ndarray]) -> None:
        self._simulator, self._paths = simulator, paths
        self._time, self._over = 0, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._simulator, name)

    def begin(self, *arguments: Any, **named: Any) -> Any:
        observations = self._simulator.begin(*arguments, **named)
        position = self._position(observations)
        path = np.full([self._simulator.horizon + 1, len(position)], np.nan)
        path[0], self._time, self._over = position, 0, False
        self._paths.append(path)
        return observations

    def step(self, actions: Any) -> Any:
        observations, rewards, ended = self._simulator.step(actions)
        self._time += 1
        if not self._over:
            self._paths[-1][self._time] = self._position(observations)
        self._over = bool(ended[0, 0])
        return observations, rewards, ended

    def _position(self, observations: np.ndarray) -> np.ndarray:
        values: np.ndarray = getattr(self._simulator, "positions", observations)[0, 0]
        return values
