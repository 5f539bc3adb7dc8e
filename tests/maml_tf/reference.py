"""Plain reference implementations of what the library computes.

They use one task at a time, ordinary tensors and plain tapes, without `Shared`, an axis of tasks or layers of the
library.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from maml_tf import Episodes, Examples, InnerLoop
from maml_tf.interfaces import Parameters, Tensor
from tests.maml_tf.problems import Problem


def meta_gradient(
    problem: Problem, inner_loop: InnerLoop, parameters: Parameters, episodes: Episodes
) -> tuple[Tensor, list[np.ndarray]]:
    """Returns the library's meta-loss and meta-gradient, a list in the order of `tf.nest.flatten`."""
    return differentiate(lambda point: problem.learner(inner_loop).objective(point, episodes), parameters)


def reference_meta_gradient(
    problem: Problem, inner_loop: InnerLoop, parameters: Parameters, episodes: Episodes
) -> tuple[Tensor, list[np.ndarray]]:
    """Returns the same as `meta_gradient`, computed one task after another."""

    def objective(point: Parameters) -> Tensor:
        return tf.reduce_mean([reference_query_loss(problem, inner_loop, point, task) for task in tasks_of(episodes)])

    return differentiate(objective, parameters)


def reference_query_loss(problem: Problem, inner_loop: InnerLoop, parameters: Parameters, task: Episodes) -> Tensor:
    """Returns the query loss of one task after adaptation to its support set."""
    adapted = reference_adapt(problem, inner_loop, parameters, task.support)
    return tf.reduce_mean(problem.loss(problem.one_task(adapted, task.query.inputs), task.query.targets))


def reference_adapt(problem: Problem, inner_loop: InnerLoop, parameters: Parameters, support: Examples) -> Parameters:
    """Adapts all parameters to one task, with one plain tape per step."""
    factor = support.targets.shape[-1] if inner_loop.loss_scale == "sum over classes" else 1
    for _ in range(inner_loop.steps):
        values = tf.nest.flatten(parameters)
        with tf.GradientTape() as tape:
            tape.watch(values)
            loss = factor * tf.reduce_mean(problem.loss(problem.one_task(parameters, support.inputs), support.targets))
        gradients = tape.gradient(loss, values, unconnected_gradients="zero")
        if inner_loop.first_order:
            gradients = [tf.constant(gradient.numpy()) for gradient in gradients]
        moved = [value - inner_loop.rate * slope for value, slope in zip(values, gradients, strict=True)]
        parameters = tf.nest.pack_sequence_as(parameters, moved)
    return parameters


def differentiate(objective: Callable[[Parameters], Tensor], parameters: Parameters) -> tuple[Tensor, list[np.ndarray]]:
    """Returns the value and the gradient of a function."""
    values = tf.nest.flatten(parameters)
    with tf.GradientTape() as tape:
        tape.watch(values)
        value = objective(tf.nest.pack_sequence_as(parameters, values))
    gradients = tape.gradient(value, values, unconnected_gradients="zero")
    return value, [gradient.numpy() for gradient in gradients]


def finite_difference(
    objective: Callable[[Parameters], Tensor], parameters: Parameters, direction: list[np.ndarray]
) -> float:
    """Returns the central difference along a direction."""
    values, width = tf.nest.flatten(parameters), 1e-6

    def at(distance: float) -> float:
        moved = [value + distance * step for value, step in zip(values, direction, strict=True)]
        return float(objective(tf.nest.pack_sequence_as(parameters, moved)))

    return (at(width) - at(-width)) / (2 * width)


def tasks_of(structure: Any) -> list[Any]:
    """Splits a structure along its axis of tasks."""
    parts = [tf.unstack(tensor) for tensor in tf.nest.flatten(structure)]
    return [tf.nest.pack_sequence_as(structure, part) for part in zip(*parts, strict=True)]


def largest_difference(left: Any, right: Any) -> float:
    """Returns the largest difference between two structures, in units of the largest element."""
    pairs = list(zip(tf.nest.flatten(left), tf.nest.flatten(right), strict=True))
    differences = [np.abs(np.asarray(one) - np.asarray(other)).max() for one, other in pairs]
    return float(max(differences) / max(np.abs(np.asarray(other)).max() for _, other in pairs))
