"""Moments and batch normalisation against plain formulas, up to second derivatives."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import MLP, BatchNormalization, Conv4, SettingError
from maml_tf.interfaces import Network, Parameters
from maml_tf.networks import shared
from maml_tf.networks.normalization import Moments, Statistics, moments
from tests.maml_tf.problems import in_double
from tests.maml_tf.reference import largest_difference

TASKS = 3
CONV = Conv4(image=(18, 20, 1), outputs=3, filters=4, downsampling="stride", summary="flatten")
PERCEPTRON = MLP(inputs=360, hidden=(6, 5), outputs=3, standard_deviation=0.1)
TRANSDUCTIVE: dict[Statistics, bool] = {
    "batch at hand": True,
    "support set": False,
    "one query at a time": False,
    "running averages": False,
}
"""Whether a prediction depends on the other query examples."""


def drawn(*shape: int) -> Any:
    return tf.constant(np.random.default_rng(list(shape)).normal(loc=2.0, scale=3.0, size=shape))


def naive(inputs: Any, axes: list[int]) -> Moments:
    mean = tf.reduce_mean(inputs, axes, keepdims=True)
    return Moments(mean, tf.reduce_mean((inputs - mean) ** 2, axes, keepdims=True))


def derivatives(function: Any, axes: list[int]) -> list[Any]:
    """Returns moments, the gradient of a function of them, and the gradient of that gradient along a direction."""
    random = np.random.default_rng(0)
    inputs, direction = (tf.constant(random.normal(2.0, size=[2, 3, 4, 5])) for _ in range(2))
    with tf.GradientTape() as outer:
        outer.watch(inputs)
        with tf.GradientTape() as inner:
            inner.watch(inputs)
            mean, variance = function(inputs, axes)
            # Not linear in either moment, and both occur together with the inputs.
            value = tf.reduce_sum(tf.sin(inputs * variance - mean) + mean**3)
        slope = inner.gradient(value, inputs)
        along = tf.reduce_sum(slope * direction)
    return [mean, variance, slope, outer.gradient(along, inputs)]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("axes", [[1], [1, 2], [2], []])
def test_values_and_derivatives_equal_those_of_the_naive_formula(axes: list[int], compiled: bool) -> None:
    def computed() -> list[Any]:
        return derivatives(moments, axes)

    actual = tf.function(computed, autograph=False)() if compiled else computed()

    for one, other in zip(actual, derivatives(naive, axes), strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("name", Moments._fields)
def test_a_moment_used_alone_has_its_gradient(name: str) -> None:
    inputs = tf.constant(np.random.default_rng(1).normal(size=[2, 6, 3]))

    def gradient(function: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            value = tf.reduce_sum(tf.exp(getattr(function(inputs, [1]), name)))
        return tape.gradient(value, inputs)

    assert largest_difference(gradient(moments), gradient(naive)) < 1e-13


def by_numpy(inputs: Any, shift: Any, epsilon: float) -> Any:
    axes = tuple(range(1, inputs.ndim - 1))
    mean, variance = inputs.mean(axes, keepdims=True), inputs.var(axes, keepdims=True)
    return (inputs - mean) / np.sqrt(variance + epsilon) + shift


def normalised(inputs: Any, shift: Any, **settings: Any) -> Any:
    """Normalises a support set."""
    layer, normalization = {"shift": shift}, BatchNormalization(**settings)
    return normalization.apply(layer, inputs, normalization.moments(layer, inputs))


@pytest.mark.parametrize("epsilon", [1e-3, 1.0])
@pytest.mark.parametrize("shape", [(TASKS, 6, 4), (TASKS, 2, 3, 5, 4)])
def test_every_task_is_normalised_by_its_own_statistics(shape: tuple[int, ...], epsilon: float) -> None:
    inputs, shift = drawn(*shape), drawn(4)

    outputs = normalised(inputs, shift, epsilon=epsilon)

    np.testing.assert_allclose(outputs, by_numpy(inputs.numpy(), shift.numpy(), epsilon), rtol=1e-12)


@pytest.mark.parametrize("shape", [(TASKS, 6, 4), (TASKS, 2, 3, 5, 4)])
def test_every_task_can_have_its_own_shift(shape: tuple[int, ...]) -> None:
    inputs, shift = drawn(*shape), drawn(TASKS, 4)

    outputs = normalised(inputs, shift)

    spread = shift.numpy().reshape(TASKS, *[1] * (len(shape) - 2), 4)
    np.testing.assert_allclose(outputs, by_numpy(inputs.numpy(), spread, 1e-3), rtol=1e-12)


def test_a_shared_shift_has_a_gradient_for_each_task() -> None:
    inputs, declared = drawn(TASKS, 6, 4), shared(drawn(4), TASKS)

    with tf.GradientTape() as tape:
        tape.watch(declared.offset)
        outputs = normalised(inputs, declared)
        value = tf.reduce_sum(outputs * tf.reshape(tf.constant([1.0, 2.0, 3.0], tf.float64), [TASKS, 1, 1]))

    gradient = tape.gradient(value, declared.offset)
    np.testing.assert_allclose(gradient, np.outer([6.0, 12.0, 18.0], np.ones(4)), rtol=1e-12)


def test_the_default_epsilon_is_that_of_the_authors() -> None:
    assert BatchNormalization().epsilon == 1e-3


def test_the_shift_starts_at_zero() -> None:
    np.testing.assert_array_equal(BatchNormalization().initialize(5)["shift"], np.zeros(5))


def test_second_derivatives_are_exact() -> None:
    # `tf.nn.moments` would fail here: it stops the gradient at the mean inside the variance.
    probe, direction, width = drawn(TASKS, 4, 2), drawn(TASKS, 4, 2) / 7, 1e-6

    def slope(inputs: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = normalised(inputs, tf.zeros([2], tf.float64), epsilon=0.1)
            value = tf.reduce_sum(tf.sin(outputs))
        return tf.reduce_sum(tape.gradient(value, inputs) * direction)

    with tf.GradientTape() as outer:
        outer.watch(probe)
        value = slope(probe)
    exact = tf.reduce_sum(outer.gradient(value, probe) * direction)

    numeric = (slope(probe + width * direction) - slope(probe - width * direction)) / (2 * width)
    assert largest_difference(exact, numeric) < 1e-6


def test_a_large_mean_causes_only_rounding_errors() -> None:
    inputs = tf.cast(drawn(TASKS, 50, 4), tf.float32)

    outputs = normalised(inputs + 1000.0, tf.zeros([4]))

    np.testing.assert_allclose(outputs, normalised(inputs, tf.zeros([4])), atol=1e-3)


def moments_of(statistics: Statistics, inputs: Any, support: int | None) -> list[np.ndarray]:
    layer = {"shift": drawn(4), "mean": drawn(4), "variance": drawn(4)}
    computed = BatchNormalization(statistics=statistics).moments(layer, inputs, support)
    shape = [TASKS, inputs.shape[1], *[1] * (inputs.shape.rank - 3), 4]
    return [np.broadcast_to(moment, shape) for moment in computed]


def expected_moments(inputs: Any, axes: tuple[int, ...], examples: int) -> list[np.ndarray]:
    plain = [inputs.numpy().mean(axes, keepdims=True), inputs.numpy().var(axes, keepdims=True)]
    return [np.broadcast_to(moment, [TASKS, examples, 1, 1, 4]) for moment in plain]


@pytest.mark.parametrize("statistics", TRANSDUCTIVE)
def test_a_query_set_is_normalised_with_the_chosen_statistics(statistics: Statistics) -> None:
    inputs = drawn(TASKS, 5, 2, 3, 4)

    actual = moments_of(statistics, inputs, support=2 if statistics == "support set" else 0)

    expected = {
        "batch at hand": expected_moments(inputs, (1, 2, 3), 5),
        "support set": expected_moments(inputs[:, :2], (1, 2, 3), 5),
        "one query at a time": expected_moments(inputs, (2, 3), 5),
        "running averages": [np.broadcast_to(drawn(4), [TASKS, 5, 1, 1, 4])] * 2,
    }
    for one, other in zip(actual, expected[statistics], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize("statistics", TRANSDUCTIVE)
def test_a_support_set_is_normalised_by_itself_or_by_running_averages(statistics: Statistics) -> None:
    inputs = drawn(TASKS, 5, 2, 3, 4)

    actual = moments_of(statistics, inputs, support=None)

    of_batch = moments_of("batch at hand", inputs, support=None)
    assert (largest_difference(actual, of_batch) == 0) == (statistics != "running averages")


@pytest.mark.parametrize("rank", [3, 5])
def test_every_task_can_have_its_own_running_averages(rank: int) -> None:
    inputs = drawn(TASKS, 2, *[3] * (rank - 3), 4)
    layer = {"shift": tf.zeros([4], "float64"), "mean": drawn(TASKS, 4), "variance": drawn(TASKS, 4) ** 2}
    normalization = BatchNormalization(statistics="running averages")

    outputs = normalization.apply(layer, inputs, normalization.moments(layer, inputs))

    for task in range(TASKS):
        expected = (inputs[task] - layer["mean"][task]) / np.sqrt(layer["variance"][task] + 1e-3)
        np.testing.assert_allclose(outputs[task], expected, rtol=1e-9)


def prepared(network: Any, statistics: Statistics) -> tuple[Network, Parameters, Any, Any]:
    """Returns a network with these statistics, its parameters, and support and query images."""
    network = replace(network, normalization=BatchNormalization(statistics=statistics))
    random = np.random.default_rng(0)
    support, query = (tf.constant(random.normal(size=[TASKS, size, 18, 20])) for size in (4, 3))
    return network, in_double(network.initialize(0)), support, query


@pytest.mark.parametrize(
    ("network", "statistics"),
    [(CONV, name) for name in TRANSDUCTIVE]
    + [(PERCEPTRON, name) for name in TRANSDUCTIVE if name != "one query at a time"],
)
def test_only_current_batch_statistics_are_transductive(network: Network, statistics: Any) -> None:
    network, parameters, support, query = prepared(network, statistics)
    others = tf.concat([query[:, :1], 3.0 * query[:, 1:] + 1.0], axis=1)

    before, after = (network.apply(parameters, inputs, support)[:, 0] for inputs in (query, others))

    assert (largest_difference(before, after) > 1e-6) == TRANSDUCTIVE[statistics]
    if not TRANSDUCTIVE[statistics]:
        alone = network.apply(parameters, query[:, :1], support)[:, 0]
        np.testing.assert_allclose(alone, before, rtol=1e-10)


@pytest.mark.parametrize("network", [CONV, PERCEPTRON])
def test_only_support_statistics_depend_on_the_support_set(network: Network) -> None:
    for statistics in TRANSDUCTIVE:
        if network is PERCEPTRON and statistics == "one query at a time":
            continue
        chosen, parameters, support, query = prepared(network, statistics)
        before, after = (chosen.apply(parameters, query, inputs) for inputs in (support, support[:, :2]))
        assert before.shape == [TASKS, 3, 3]
        assert (largest_difference(before, after) > 1e-6) == (statistics == "support set")


@pytest.mark.parametrize("network", [CONV, PERCEPTRON])
def test_support_statistics_give_the_support_set_as_query_its_own_outputs(network: Network) -> None:
    chosen, parameters, support, _ = prepared(network, "support set")

    np.testing.assert_allclose(
        chosen.apply(parameters, support, support), chosen.apply(parameters, support), rtol=1e-10
    )


def test_every_variant_changes_the_predictions() -> None:
    outputs = []
    for statistics in TRANSDUCTIVE:
        network, parameters, support, query = prepared(CONV, statistics)
        outputs.append(network.apply(parameters, query, support))

    for index, one in enumerate(outputs):
        assert all(largest_difference(one, other) > 1e-3 for other in outputs[:index])


def test_a_bias_has_an_effect_only_with_running_averages() -> None:
    for statistics in TRANSDUCTIVE:
        network, parameters, support, query = prepared(CONV, statistics)
        moved = parameters | {"block_1": parameters["block_1"] | {"bias": drawn(4)}}
        before, after = (network.apply(chosen, query, support) for chosen in (parameters, moved))
        assert (largest_difference(before, after) > 1e-6) == (statistics == "running averages")


def test_running_averages_start_at_mean_zero_and_variance_one() -> None:
    layer = BatchNormalization(statistics="running averages").initialize(3)

    assert set(layer) == {"shift", "mean", "variance"}
    np.testing.assert_array_equal(layer["mean"], np.zeros(3))
    np.testing.assert_array_equal(layer["variance"], np.ones(3))
    assert set(BatchNormalization().initialize(3)) == {"shift"}


def test_examples_without_pixels_are_not_normalised_one_at_a_time() -> None:
    network, parameters, support, query = prepared(PERCEPTRON, "one query at a time")

    network.apply(parameters, support)
    with pytest.raises(SettingError, match="must not be 'one query at a time' where examples have no pixels"):
        network.apply(parameters, query, support)


def test_unknown_statistics_are_refused() -> None:
    with pytest.raises(SettingError, match=r"statistics must be one of \('batch at hand', .*, not 'layer'"):
        BatchNormalization(statistics="layer")  # type: ignore[arg-type]


@pytest.mark.parametrize("epsilon", [0.0, -1e-3, float("nan")])
def test_an_epsilon_that_is_not_positive_is_refused(epsilon: float) -> None:
    with pytest.raises(SettingError, match=f"epsilon must be above 0, not {epsilon!r}"):
        BatchNormalization(epsilon=epsilon)
