"""Speed of the simulators: environment steps per second, against Gymnasium's vector environments and bare physics.

All contenders step the same tasks with the same policy, alternately and within one run. Each round starts their
rollouts anew, which is not timed, and performs the same number of time steps.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from benchmarks.cores import available_cores
from benchmarks.declaring.settings import Settings, build, part

ENVIRONMENTS: Mapping[str, Settings] = MappingProxyType(
    {"half-cheetah": part("maml_tf.rl.HalfCheetahDirection"), "ant": part("maml_tf.rl.AntDirection")}
)
TASKS, ROLLOUTS = 40, 20
# Fewer rollouts make vector environments no slower: they step one after the other, or each in a process of its own.
SYNC_ROLLOUTS, ASYNC_ROLLOUTS = 4, 1
STEPS = 50
HIDDEN = 100  # in both layers of the policy, as in the paper
SIMULATORS, PHYSICS, SYNC, ASYNC = "simulators", "bare physics", "SyncVectorEnv", "AsyncVectorEnv"


class Contender(Protocol):
    """What is timed."""

    def begin(self) -> None:
        """Starts the rollouts; is not timed."""

    def advance(self, steps: int) -> int:
        """Performs time steps of all rollouts, and returns for how many of them an environment was stepped."""


class Policy:
    """Gaussian policies of several tasks, each a network with two hidden layers and random weights of its own."""

    def __init__(self, tasks: int, observations: int, actions: int) -> None:
        self._random = np.random.default_rng(0)
        sizes = (observations, HIDDEN, HIDDEN, actions)
        pairs = pairwise(sizes)
        self._kernels = [self._normal(tasks, *pair) / np.float32(np.sqrt(pair[0])) for pair in pairs]

    def __call__(self, observations: Any) -> Any:
        """Returns actions for observations `[tasks, rollouts, values]`."""
        *hidden, last = self._kernels
        values = observations
        for kernel in hidden:
            values = np.maximum(values @ kernel, 0.0)
        means = values @ last
        return means + self._normal(*means.shape)

    def _normal(self, *shape: int) -> Any:
        return self._random.standard_normal(shape, np.float32)


class Simulators:
    """All rollouts together, as the library steps them."""

    def __init__(self, environment: Any, tasks: int, rollouts: int) -> None:
        self._simulator = environment.simulator()
        self._policy = Policy(tasks, environment.observation_size, environment.action_size)
        self._tasks, self._rollouts = tasks, rollouts

    def begin(self) -> None:
        """Starts the rollouts."""
        seeds = np.stack([np.arange(self._tasks), np.zeros(self._tasks, np.int64)], axis=1)
        goals = directions(self._tasks)[:, np.newaxis]
        self._observations = self._simulator.begin(goals, self._rollouts, seeds)

    def advance(self, steps: int) -> int:
        """Performs time steps; rollouts that have ended do not count."""
        count, running = 0, self._tasks * self._rollouts
        for _ in range(steps):
            self._observations, _, ended = self._simulator.step(self._policy(self._observations))
            count += running
            running = ended.size - int(ended.sum())
        return count


class BarePhysics:
    """The same simulations without observations, rewards and a policy: MuJoCo's own batch, with random actions."""

    def __init__(self, environment: Any, simulations: int) -> None:
        from maml_tf.rl.environments.physics import Physics

        self._model = environment.model()
        self._environment = environment
        self._physics = Physics(self._model, simulations, substeps=environment.substeps)
        self._random = np.random.default_rng(0)

    def begin(self) -> None:
        """Starts the simulations, and draws the actions of ten time steps, which are repeated."""
        simulations = len(self._physics.fields.positions)
        noise = self._random.standard_normal((simulations, self._model.nq + self._model.nv))
        self._physics.begin(*self._environment.initial_state(self._model, noise))
        drawn = self._random.standard_normal((10, simulations, self._model.nu))
        self._controls = self._model.actuator_ctrlrange[:, 1] * np.clip(drawn, -1.0, 1.0)

    def advance(self, steps: int) -> int:
        """Performs time steps."""
        for step in range(steps):
            self._physics.step(self._controls[step % len(self._controls)], None)
        return steps * len(self._physics.fields.positions)


class VectorEnvironment:
    """A vector environment of Gymnasium, with several environments for each task.

    Args:
        kind: Its class, `SyncVectorEnv` or `AsyncVectorEnv`.
        environment: What is stepped.
        tasks: Number of tasks.
        rollouts: Number of rollouts of each task.
    """

    def __init__(self, kind: str, environment: Any, tasks: int, rollouts: int) -> None:
        from gymnasium import vector

        makers = [_maker(environment, goal) for goal in directions(tasks) for _ in range(rollouts)]
        self._vector = getattr(vector, kind)(makers)
        self._policy = Policy(tasks, environment.observation_size, environment.action_size)
        self._shape = (tasks, rollouts)

    def begin(self) -> None:
        """Starts the rollouts."""
        self._observations, _ = self._vector.reset(seed=0)

    def advance(self, steps: int) -> int:
        """Performs time steps."""
        for _ in range(steps):
            observations = self._observations.reshape(*self._shape, -1).astype(np.float32)
            actions = self._policy(observations).clip(-1.0, 1.0)
            self._observations = self._vector.step(actions.reshape(self._vector.num_envs, -1))[0]
        return int(steps * self._vector.num_envs)

    def close(self) -> None:
        """Ends the processes, if there are any."""
        self._vector.close()


def directions(tasks: int) -> Any:
    """Returns the goals of the tasks, backward and forward."""
    return np.where(np.arange(tasks) % 2, 1.0, -1.0)


def compare(
    steps: int | None, rounds: int, quiet: bool = False, tasks: int = TASKS, rollouts: int = ROLLOUTS
) -> dict[str, Any]:
    """Times all contenders alternately, in each environment.

    Args:
        steps: Time steps in each round; None for a default that takes seconds.
        rounds: Number of rounds that are counted, after one that warms up.
        quiet: Whether to show no progress.
        tasks: Number of tasks.
        rollouts: Number of rollouts of each task.

    Returns:
        For each environment, the environment steps per second of each contender and round, and the median ratios of
        the simulators to bare physics and to the faster vector environment.
    """
    steps = STEPS if steps is None else steps
    found = {}
    for name, declaration in ENVIRONMENTS.items():
        with ExitStack() as stack:
            advance = _progress(name, 4 * (rounds + 1), quiet, stack)
            contenders = _contenders(build(declaration), tasks, rollouts, stack)
            found[name] = _timed(contenders, steps, rounds, advance)
    return {
        "tasks": tasks,
        "rollouts": rollouts,
        "time_steps": steps,
        "rounds": rounds,
        "cores": available_cores(),
        "environments": found,
    }


def print_result(result: dict[str, Any]) -> None:
    """Prints the comparison in words."""
    print(f"{result['tasks']} tasks with {result['rollouts']} rollouts each, on {result['cores']} CPU cores")
    for name, found in result["environments"].items():
        print(f"\n{name}: environment steps per second, the median of {result['rounds']} rounds")
        for contender, values in found["steps_per_second"].items():
            print(f"  {contender:16}{np.median(values):12,.0f}  (from {min(values):,.0f} to {max(values):,.0f})")
        print(f"  the simulators reach {found['of_physics']:.2f} of bare physics")
        print(f"  and {found['of_vector']:.1f} times the faster vector environment")


def _timed(contenders: Mapping[str, Contender], steps: int, rounds: int, advance: Callable[[], None]) -> dict[str, Any]:
    speeds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds + 1):
        for name, contender in contenders.items():
            speeds[name].append(_steps_per_second(contender, steps))
            advance()
    timed = {name: values[1:] for name, values in speeds.items()}  # without the round that warms up
    ours, physics = np.array(timed[SIMULATORS]), np.array(timed[PHYSICS])
    return {
        "steps_per_second": timed,
        "of_physics": float(np.median(ours / physics)),
        "of_vector": float(np.median(ours / np.maximum(timed[SYNC], timed[ASYNC]))),
    }


def _contenders(environment: Any, tasks: int, rollouts: int, stack: ExitStack) -> dict[str, Contender]:
    from maml_tf.rl import register_environments

    register_environments()
    vectors: dict[str, Contender] = {}
    # Processes are started first, before this one has threads.
    for kind, most in ((ASYNC, ASYNC_ROLLOUTS), (SYNC, SYNC_ROLLOUTS)):
        vector = VectorEnvironment(kind, environment, tasks, min(most, rollouts))
        stack.callback(vector.close)
        vectors[kind] = vector
    ours = Simulators(environment, tasks, rollouts)
    return {SIMULATORS: ours, PHYSICS: BarePhysics(environment, tasks * rollouts), **vectors}


def _maker(environment: Any, goal: float) -> Callable[[], Any]:
    def make() -> Any:
        import gymnasium

        return gymnasium.make(f"maml_tf/{type(environment).__name__}-v1", goal=goal, disable_env_checker=True)

    return make


def _steps_per_second(contender: Contender, steps: int) -> float:
    contender.begin()
    started = time.perf_counter()
    return contender.advance(steps) / (time.perf_counter() - started)


def _progress(name: str, total: int, quiet: bool, stack: ExitStack) -> Callable[[], None]:
    from rich.console import Console
    from rich.progress import Progress

    bar = stack.enter_context(Progress(console=Console(stderr=True), disable=quiet, transient=True))
    task = bar.add_task(f"timing {name}", total=total)
    return lambda: bar.advance(task)
