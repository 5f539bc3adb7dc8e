"""What the JAX sides share: the network, the inner loop, and the outer loop. Each side adds how tasks are mapped."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np
import optax
from jax import lax
from jax import numpy as jnp

from benchmarks.speed.problem import EPISODES, Arrays, Problem, parameters
from benchmarks.speed.program import Assignment

Mapped = Callable[[Callable[[Any], Any], Any], Any]
"""Applies a function to each task of a structure of arrays `[tasks, ...]`."""


class JaxProgram:
    """MAML in JAX: one compiled function for a meta-iteration."""

    def __init__(self, assignment: Assignment, mapped: Mapped) -> None:
        jax.config.update("jax_default_matmul_precision", "highest")  # full single precision, like the other sides
        problem, arrays = assignment.problem, assignment.read()
        self._parameters = jax.tree.map(jnp.asarray, parameters(problem, arrays))
        self._episodes = [jnp.asarray(arrays[name]) for name in EPISODES]
        adam = optax.adam(problem.meta_rate)
        optimizer = adam if problem.clip is None else optax.chain(optax.clip(problem.clip), adam)
        self._state = optimizer.init(self._parameters)

        def step(given: Any, state: Any, episodes: Any) -> Any:
            of_tasks = mapped(lambda task: jax.value_and_grad(partial(query_loss, problem))(given, *task), episodes)
            loss, gradient = jax.tree.map(lambda each: each.mean(axis=0), of_tasks)
            changes, state = optimizer.update(gradient, state)
            return optax.apply_updates(given, changes), state, loss, gradient

        self._step = jax.jit(step)

    def loss_and_gradient(self) -> tuple[float, Arrays]:
        """Returns the loss and the meta-gradient at the given parameters."""
        _, _, loss, gradient = self._step(self._parameters, self._state, self._episodes)
        return float(loss), {name: np.asarray(each) for name, each in gradient.items()}

    def run(self, count: int) -> None:
        """Runs a number of meta-iterations."""
        for _ in range(count):
            self._parameters, self._state, *_ = self._step(self._parameters, self._state, self._episodes)
        jax.block_until_ready(self._parameters)

    def device_bytes(self) -> int:
        """Returns the peak of the memory of tensors on a GPU in bytes; 0 if there is none."""
        return int((jax.devices()[0].memory_stats() or {}).get("peak_bytes_in_use", 0))


def query_loss(
    problem: Problem, given: dict[str, Any], inputs: Any, targets: Any, queries: Any, query_targets: Any
) -> Any:
    """Returns the query loss of one task after adaptation."""
    kept = {name: each for name, each in given.items() if not problem.adapts(name)}

    def support_loss(adapted: dict[str, Any]) -> Any:
        return problem.loss_factor * loss(problem, network(problem, kept | adapted, inputs), targets)

    adapted = {name: each for name, each in given.items() if problem.adapts(name)}
    for _ in range(problem.steps):
        gradients = jax.grad(support_loss)(adapted)
        adapted = {name: each - problem.inner_rate * gradients[name] for name, each in adapted.items()}
    return loss(problem, network(problem, kept | adapted, queries), query_targets)


def loss(problem: Problem, outputs: Any, targets: Any) -> Any:
    """Returns the mean loss."""
    if problem.classification:
        return optax.softmax_cross_entropy(outputs, targets).mean()
    return jnp.square(outputs - targets).mean()


def network(problem: Problem, given: dict[str, Any], inputs: Any) -> Any:
    """Applies the network to `[examples, ...]`."""
    hidden = inputs
    for layer in range(len(problem.hidden)):
        name = f"block_{layer}" if problem.image else f"layer_{layer}"
        kernel = given[f"{name}/kernel"]
        hidden = _convolved(hidden, kernel, 1 if problem.pooled else 2) if problem.image else hidden @ kernel
        if problem.normalised:
            hidden = _normalised(hidden, problem.epsilon)
        hidden = jax.nn.relu(hidden + given[f"{name}/shift" if problem.normalised else f"{name}/bias"])
        if problem.pooled:
            hidden = lax.reduce_window(hidden, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    if problem.image:
        hidden = hidden.reshape(len(hidden), -1) if problem.flattened else hidden.mean(axis=(1, 2))
    last = "linear" if problem.image else f"layer_{len(problem.hidden)}"
    return hidden @ given[f"{last}/kernel"] + given[f"{last}/bias"]


def _convolved(images: Any, kernel: Any, stride: int) -> Any:
    layout = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(images, kernel, (stride, stride), "SAME", dimension_numbers=layout)


def _normalised(features: Any, epsilon: float) -> Any:
    axes = tuple(range(features.ndim - 1))
    centred = features - features.mean(axes)
    return centred * lax.rsqrt(jnp.square(centred).mean(axes) + epsilon)
