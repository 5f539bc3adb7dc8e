"""Objectives of policies as functions of their parameters, given samples."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import tensorflow as tf

from maml_tf.derivatives import exact_derivatives
from maml_tf.inner_loop import InnerLoop, descend
from maml_tf.interfaces import Parameters, Tensor, leading_size
from maml_tf.meta_optimizer import MetaProblem
from maml_tf.networks.forms import per_task
from maml_tf.rl.policy import Policy
from maml_tf.rl.trajectories import Samples

Surrogate = Literal["authors", "low variance curvature"]


def inner_objective(policy: Policy, parameters: Parameters, samples: Samples, surrogate: Surrogate) -> Tensor:
    """Returns what the inner loop descends for each task, `[tasks]`.

    Its gradient is the policy gradient of REINFORCE. Its second derivatives depend on the surrogate:

    - `authors`: -mean(log pi * advantage) over the time steps, as in the authors' `maml_npo.py`. Differentiated twice
      it lacks the outer product of the scores, so the meta-gradient is biased.
    - `low variance curvature`: -mean(pi / constant(pi) * advantage) (Rothfuss et al. 2019, ProMP, section 5). It has
      these terms within a time step, but not between two of them, whose variance is high.
    """
    outputs = policy.apply(parameters, samples.observations)
    values = policy.distribution.log_likelihood(outputs, samples.actions)
    if surrogate == "low variance curvature":
        values = tf.exp(values - tf.stop_gradient(values))
    return -_mean_of_tasks(values * samples.advantages, samples.mask)


def adapted(
    policy: Policy,
    inner_loop: InnerLoop,
    surrogate: Surrogate,
    parameters: Parameters,
    samples: Sequence[Samples],
) -> Parameters:
    """Returns the parameters after one inner step on each of the given samples, in turn.

    Args:
        policy: The policy.
        inner_loop: How parameters adapt; the number of samples takes the place of its number of steps.
        surrogate: See `inner_objective`.
        parameters: The parameters, shared by all tasks.
        samples: The samples of each step.

    Returns:
        The parameters; those that adapt are `[tasks, *shape]`.
    """
    if not samples:
        return parameters

    def objective(each: Parameters, step: int) -> Tensor:
        return inner_objective(policy, each, samples[step], surrogate)

    tasks = leading_size(samples[0])
    last = descend(replace(inner_loop, steps=len(samples)), objective, parameters, tasks)[-1]
    return tf.nest.map_structure(per_task, last)


def meta_problem(
    policy: Policy, inner_loop: InnerLoop, surrogate: Surrogate, before: Sequence[Samples], after: Samples
) -> MetaProblem:
    """Returns the problem of one meta-iteration (paper, algorithm 3; authors' `maml_npo.py`).

    The objective is the mean over tasks of -mean(likelihood ratio * advantage) of the adapted policies on the samples
    that were drawn after adaptation. The constraint is the mean KL divergence of the adapted policies from those that
    sampled, over all these samples.

    Args:
        policy: The policy.
        inner_loop: How parameters adapt.
        surrogate: See `inner_objective`.
        before: The samples of each inner step; none for a policy that does not adapt.
        after: The samples drawn after adaptation.
    """
    distribution = policy.distribution

    def outputs(parameters: Parameters) -> Tensor:
        return policy.apply(adapted(policy, inner_loop, surrogate, parameters, before), after.observations)

    def objective(parameters: Parameters) -> Tensor:
        new = distribution.log_likelihood(outputs(parameters), after.actions)
        ratio = tf.exp(new - distribution.log_likelihood(after.outputs, after.actions))
        return -tf.reduce_mean(_mean_of_tasks(ratio * after.advantages, after.mask))

    def constraint(parameters: Parameters) -> Tensor:
        divergence = distribution.divergence(after.outputs, outputs(parameters))
        return tf.reduce_sum(divergence * after.mask) / tf.reduce_sum(after.mask)

    def curvature(parameters: Parameters) -> Callable[[Parameters], Parameters]:
        weights = (after.mask / tf.reduce_sum(after.mask))[..., tf.newaxis]

        def weighted(direction: Tensor) -> Tensor:
            return weights * distribution.curvature(after.outputs, direction)

        return gauss_newton(outputs, weighted, parameters)

    return MetaProblem(objective, constraint, curvature)


def gauss_newton(
    function: Callable[[Parameters], Tensor], middle: Callable[[Tensor], Tensor], parameters: Parameters
) -> Callable[[Parameters], Parameters]:
    """Returns the product with `jacobian^T middle jacobian`, where the Jacobian is that of a function of parameters.

    It is the Hessian of a divergence where the divergence is zero. The function is differentiated here, and only linear
    operations remain for each product.

    Args:
        function: Maps parameters to a tensor.
        middle: A linear function of tensors of the same shape.
        parameters: Where the function is differentiated.
    """
    values = tf.nest.flatten(parameters)
    zero = tf.UnconnectedGradients.ZERO
    with exact_derivatives(), tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(values)
        outputs = function(tf.nest.pack_sequence_as(parameters, values))
        # A linear function of `upstream`. Its own derivative is the product with the Jacobian.
        upstream = tf.zeros_like(outputs)
        tape.watch(upstream)
        pulled = tape.gradient(outputs, values, output_gradients=upstream, unconnected_gradients=zero)

    def product(direction: Parameters) -> Parameters:
        with exact_derivatives():
            pushed = tape.gradient(pulled, upstream, output_gradients=tf.nest.flatten(direction))
            back = tape.gradient(outputs, values, output_gradients=middle(pushed), unconnected_gradients=zero)
            return tf.nest.pack_sequence_as(parameters, back)

    return product


def _mean_of_tasks(values: Tensor, mask: Tensor) -> Tensor:
    return tf.reduce_sum(values * mask, axis=1) / tf.reduce_sum(mask, axis=1)
