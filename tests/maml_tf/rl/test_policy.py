"""Policies: their parameters, and the agreement of their TensorFlow and NumPy halves."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import SettingError
from maml_tf.rl import CategoricalPolicy, GaussianPolicy

POLICY = GaussianPolicy(observation_size=3, action_size=2, hidden=(5, 4))
CONTEXT = GaussianPolicy(observation_size=3, action_size=2, hidden=(5,), nonlinearity="tanh", context=2)
NUMBERED = CategoricalPolicy(observation_size=3, action_size=4, hidden=(5,))
OBSERVATIONS = np.random.default_rng(0).standard_normal((2, 6, 3)).astype(np.float32)


def per_task(parameters: Any) -> Any:
    return tf.nest.map_structure(lambda each: tf.stack([each + 0.1, each - 0.2]), parameters)


@pytest.mark.parametrize(("observations", "actions", "count"), [(2, 2, 10_604), (20, 6, 12_812), (125, 8, 23_516)])
def test_the_policies_of_the_paper_have_their_numbers_of_parameters(
    observations: int, actions: int, count: int
) -> None:
    parameters = GaussianPolicy(observation_size=observations, action_size=actions).initialize(0)
    assert sum(int(tf.size(each)) for each in tf.nest.flatten(parameters)) == count


def test_kernels_have_glorots_distribution_and_the_rest_is_zero() -> None:
    parameters = GaussianPolicy(observation_size=20, action_size=6).initialize(3)
    kernel, limit = parameters["network"]["layer_1"]["kernel"].numpy(), np.sqrt(6 / 200)

    assert 0.99 * limit < np.abs(kernel).max() < limit
    np.testing.assert_allclose(kernel.std(), limit / np.sqrt(3), rtol=0.02)
    assert not np.any(parameters["network"]["layer_2"]["bias"])
    np.testing.assert_array_equal(parameters["log_std"], np.zeros(6))


def test_the_first_layers_are_the_stated_function() -> None:
    parameters = POLICY.initialize(0)
    layers = [parameters["network"][f"layer_{index}"] for index in range(3)]
    values = OBSERVATIONS
    for index, layer in enumerate(layers):
        values = values @ layer["kernel"].numpy() + layer["bias"].numpy()
        values = np.maximum(values, 0) if index < 2 else values
    expected = np.concatenate([values, np.zeros_like(values)], axis=-1)
    np.testing.assert_allclose(POLICY.apply(parameters, tf.constant(OBSERVATIONS)), expected, atol=1e-6)


@pytest.mark.parametrize("policy", [POLICY, CONTEXT, NUMBERED])
@pytest.mark.parametrize("form", [lambda each: each, per_task])
def test_both_halves_agree(policy: Any, form: Any) -> None:
    parameters = form(policy.initialize(1))
    expected = policy.apply(parameters, tf.constant(OBSERVATIONS))
    found = policy.outputs(tf.nest.map_structure(np.asarray, parameters), OBSERVATIONS)

    assert found.dtype == np.float32
    assert found.shape == (2, 6, policy.distribution.outputs)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_outputs_of_a_task_do_not_depend_on_the_others() -> None:
    parameters = tf.nest.map_structure(np.asarray, per_task(POLICY.initialize(1)))
    both = POLICY.outputs(parameters, OBSERVATIONS)
    second = POLICY.outputs(tf.nest.map_structure(lambda each: each[1:], parameters), OBSERVATIONS[1:])
    np.testing.assert_array_equal(both[1:], second)


def test_the_standard_deviation_has_a_floor() -> None:
    parameters = POLICY.initialize(0) | {"log_std": tf.constant([-50.0, 0.5])}
    for outputs in (
        POLICY.apply(parameters, tf.constant(OBSERVATIONS)).numpy(),
        POLICY.outputs(tf.nest.map_structure(np.asarray, parameters), OBSERVATIONS),
    ):
        np.testing.assert_allclose(np.exp(outputs[0, 0, 2:]), [1e-6, np.exp(0.5)], rtol=1e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"observation_size": 0}, "observation_size must be 1 or more, not 0"),
        ({"hidden": (5, 0)}, r"hidden must be numbers of units, each 1 or more, not \(5, 0\)"),
        ({"nonlinearity": "gelu"}, "nonlinearity must be one of .*, not 'gelu'"),
        ({"context": -1}, "context must be 0 or more, not -1"),
        ({"least_std": 0.0}, "least_std must be above 0, not 0.0"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        GaussianPolicy(**{"observation_size": 3, "action_size": 2, **settings})
