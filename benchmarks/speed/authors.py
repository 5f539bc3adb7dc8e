"""The authors' program as a side of a speed comparison: one session call for each meta-iteration.

After `maml.py` and `main.py` of their repository. Two things are left out, which makes it faster: it samples no tasks
and reads no images, because the episodes are in memory, and it writes no summaries.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from benchmarks.speed.authors_classification import classification_losses
from benchmarks.speed.authors_regression import regression_losses
from benchmarks.speed.problem import EPISODES, Arrays, Problem, parameters
from benchmarks.speed.program import Assignment

Losses = Callable[[Any, Mapping[str, Any], tuple[Any, ...], Problem, int], list[Any]]


class _Graph(NamedTuple):
    session: Any
    step: Any
    loss: Any
    gradients: dict[str, Any]
    fed: dict[Any, Any]


def program(assignment: Assignment) -> "Authors":
    """Returns the authors' program as a side, with TensorFlow as it was in their time."""
    import tensorflow as tf

    tf.compat.v1.disable_eager_execution()
    tf.compat.v1.disable_control_flow_v2()
    return Authors(assignment)


class Authors:
    """The authors' graph: every task runs through the body of a loop that holds all inner steps."""

    def __init__(self, assignment: Assignment) -> None:
        self._problem = assignment.problem
        self._graph = _build(self._problem, assignment.read(), assignment.graph_steps)

    def loss_and_gradient(self) -> tuple[float, Arrays]:
        """Returns the loss and its gradient, divided by the factor between the authors' loss and the mean loss."""
        loss, gradients = self._graph.session.run([self._graph.loss, self._graph.gradients], self._graph.fed)
        scale = _loss_scale(self._problem)
        return float(loss) / scale, {name: gradient / scale for name, gradient in gradients.items()}

    def run(self, count: int) -> None:
        """Runs a number of meta-iterations."""
        for _ in range(count):
            self._graph.session.run(self._graph.step, self._graph.fed)

    def device_bytes(self) -> int:
        """Returns 0: a session of TensorFlow 1 does not tell its memory on a GPU."""
        return 0


def _build(problem: Problem, arrays: Arrays, graph_steps: int) -> _Graph:
    import tensorflow as tf

    v1 = tf.compat.v1
    steps = max(graph_steps, problem.steps)
    weights = {name: v1.Variable(value) for name, value in parameters(problem, arrays).items()}
    placeholders = [v1.placeholder(tf.float32, arrays[name].shape) for name in EPISODES]
    task_losses: Losses = classification_losses if problem.classification else regression_losses
    losses = tf.map_fn(
        lambda examples: task_losses(tf, weights, examples, problem, steps),
        tuple(placeholders),
        fn_output_signature=[tf.float32] * (2 * steps + 2 if problem.classification else steps + 1),
        parallel_iterations=problem.tasks,
    )
    loss = tf.reduce_sum(losses[problem.steps]) / problem.tasks
    adam = v1.train.AdamOptimizer(problem.meta_rate)
    pairs = adam.compute_gradients(loss, list(weights.values()))
    step = adam.apply_gradients([(_clipped(tf, gradient, problem), variable) for gradient, variable in pairs])
    session = v1.Session()
    session.run(v1.global_variables_initializer())
    gradients = {name: gradient for name, (gradient, _) in zip(weights, pairs, strict=True)}
    fed = {place: arrays[name] for place, name in zip(placeholders, EPISODES, strict=True)}
    return _Graph(session, step, loss, gradients, fed)


def _clipped(tf: Any, gradient: Any, problem: Problem) -> Any:
    if problem.clip is None:
        return gradient
    bound = problem.clip * _loss_scale(problem)  # the bound of the problem is for the gradient of the mean loss
    return tf.clip_by_value(gradient, -bound, bound)


def _loss_scale(problem: Problem) -> float:
    """Returns the authors' loss, a sum over query examples divided by the shot, as a multiple of the mean loss."""
    return problem.query_size / problem.shot if problem.classification else 1.0
