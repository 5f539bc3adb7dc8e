"""This library as a side of a speed comparison: its own training loop, on the given episodes."""

import queue
import threading
from functools import cached_property
from typing import Any

import numpy as np

from benchmarks.declaring.settings import build
from benchmarks.running import launch
from benchmarks.speed.agreement import distance
from benchmarks.speed.problem import EPISODES, Arrays
from benchmarks.speed.profiling import profiled
from benchmarks.speed.program import Assignment

_ROUNDINGS = 3
_ENDLESS = 10**9  # meta-iterations; the parent ends the process


def program(assignment: Assignment) -> "Ours":
    """Returns the library as a side."""
    return Ours(assignment)


class Ours:
    """The learner of an experiment, and a thread in which `maml_tf.train` runs and pauses after each turn."""

    def __init__(self, assignment: Assignment) -> None:
        launch.start_tensorflow()
        self._learner = learner_of(assignment)
        self._xla = launch.compiles()  # as in a run
        changes = {"iterations": _ENDLESS, "chunk": assignment.chunk, "xla": self._xla}
        self._training = assignment.settings["training"] | changes
        self._arrays = assignment.read()
        self._names = list(assignment.problem.shapes())
        self._turns: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._ends: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._last = 0

    def loss_and_gradient(self) -> tuple[float, Arrays]:
        """Returns what one update of the learner computes, without the step of the meta-optimizer."""
        return self._computed(self._arrays)

    def sensitivity(self) -> tuple[float, float]:
        """Returns how far loss and meta-gradient change, relative to their size, if all parameters are rounded again.

        A bit more or less decides whether ReLU passes on a feature near zero, or which of two equal pixels is the
        largest of a window, and the inner steps amplify it. It is the largest change of a few.
        """
        loss, gradient = self._computed(self._arrays)
        changes = []
        for seed in range(_ROUNDINGS):
            other, other_gradient = self._computed(self._arrays | self._rounded(seed))
            parts = [distance(other_gradient, gradient, name) for name in self._names]
            changes.append((abs(other - loss) / abs(loss), max(parts)))
        of_loss, of_gradient = np.max(changes, axis=0)
        return float(of_loss), float(of_gradient)

    def _rounded(self, seed: int) -> Arrays:
        """Returns the parameters, each larger or smaller by the last bit."""
        generator, rounded = np.random.default_rng(seed), {}
        for name in self._names:
            values = self._arrays[name]
            steps = np.finfo(np.float32).eps * generator.choice([-1, 1], values.shape)
            rounded[name] = (values * (1 + steps)).astype(np.float32)
        return rounded

    @cached_property
    def _compiled(self) -> tuple[Any, Any]:
        """The state of the learner, and the compiled function that computes loss and meta-gradient from it."""
        import tensorflow as tf

        state = self._learner.begin(0)
        episodes = given_episodes(self._arrays).all()

        @tf.function(autograph=False, jit_compile=self._xla)  # type: ignore[untyped-decorator]
        def update() -> tuple[Any, Any]:
            with state.recording() as recorded:
                loss = self._learner.update(state, episodes)
                return loss, tf.nest.pack_sequence_as(state.parameters, recorded[0])

        return state, update

    def _computed(self, arrays: Arrays) -> tuple[float, Arrays]:
        state, update = self._compiled
        state.assign(replaced(state.parameters, arrays))
        loss, gradient = update()
        return float(loss), {name: _leaf(gradient, name).numpy() for name in self._names}

    def run(self, count: int) -> None:
        """Lets the training loop run for a number of meta-iterations, a multiple of the chunk."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._train, daemon=True)
            self._thread.start()
        self._turns.put(count)
        if error := self._ends.get():
            raise error

    def profile(self, count: int) -> dict[str, float]:
        """Returns the seconds of each kind of operation in one meta-iteration, while a number of them runs."""
        seconds = profiled(lambda: self.run(count))
        return {operation: each / count for operation, each in seconds.items()}

    def device_bytes(self) -> int:
        """Returns the peak of the memory of tensors on a GPU in bytes; 0 if there is none."""
        return launch.gpu_bytes()

    def _train(self) -> None:
        import maml_tf

        self._last = self._turns.get()
        try:
            training = maml_tf.Training(**self._training)
            maml_tf.train(self._learner, given_episodes(self._arrays), training, progress=self._pause)
        except BaseException as error:
            self._ends.put(error)

    def _pause(self, completed: int, loss: float) -> None:
        del loss
        if completed >= self._last:
            self._ends.put(None)
            self._last = completed + self._turns.get()


def learner_of(assignment: Assignment) -> Any:
    """Returns the learner of an assignment."""
    settings, learner = assignment.settings, assignment.settings["learner"]
    changes = {"inner_loop": learner["inner_loop"] | {"first_order": assignment.first_order}}
    if assignment.convolution_type:
        changes["network"] = learner["network"] | {"convolution_type": assignment.convolution_type}
    return build(launch.in_groups(settings | {"learner": learner | changes}, assignment.groups))


def given_episodes(arrays: Arrays) -> Any:
    """Returns the task distribution whose tasks are drawn from the given ones."""
    import tensorflow as tf

    from maml_tf import Episodes, Examples
    from maml_tf.tasks import held

    tensors = [held(arrays[name]) for name in EPISODES]
    known = len(arrays[EPISODES[0]])

    class GivenEpisodes:
        """Tasks drawn from the given ones, with replacement: meta-training needs tasks that depend on the seed."""

        def sample(self, seed: Any, tasks: int) -> Any:
            """Draws a number between 0 and 1 for each task."""
            return tf.random.stateless_uniform([tasks], seed)

        def episodes(self, plan: Any) -> Any:
            """Returns the task that each number stands for."""
            return self._of([tf.gather(each, tf.cast(known * plan, tf.int32)) for each in tensors], plan)

        def all(self) -> Any:
            """Returns the given tasks themselves."""
            return self._of([tf.convert_to_tensor(each) for each in tensors], np.zeros(known, np.float32))

        def _of(self, parts: list[Any], plan: Any) -> Any:
            descriptor = tf.zeros([plan.shape[0], 0])
            return Episodes(Examples(*parts[:2]), Examples(*parts[2:]), descriptor)

    return GivenEpisodes()


def replaced(parameters: Any, arrays: Arrays) -> Any:
    """Returns parameters with the given values; those that have none, such as unused biases, keep theirs."""
    return {
        layer: {name: arrays.get(f"{layer}/{name}", value) for name, value in leaves.items()}
        for layer, leaves in parameters.items()
    }


def _leaf(parameters: Any, name: str) -> Any:
    layer, _, leaf = name.partition("/")
    return parameters[layer][leaf]
