"""Any Keras model as a network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from maml_tf import (
    MAML,
    MLP,
    Checkpoint,
    Episodes,
    Examples,
    InnerLoop,
    KerasNetwork,
    SettingError,
    Sinusoid,
    Training,
    adapt,
    squared_error,
    train,
)
from maml_tf.naming import leaf_names
from maml_tf.randomness import Draws, drawing
from tests.maml_tf.problems import Problem, dense_model
from tests.maml_tf.reference import differentiate, finite_difference, largest_difference, meta_gradient

DOUBLE = {"dtype": "float64"}
LOOP = InnerLoop(steps=1, learning_rate=0.1)


def normalised_model() -> keras.Model:
    layers = [
        keras.layers.Dense(3, **DOUBLE),
        keras.layers.BatchNormalization(**DOUBLE),
        keras.layers.Dense(2, **DOUBLE),
    ]
    return keras.Sequential([keras.Input([2], **DOUBLE), *layers])


def problem_of(model: keras.Model, **settings: Any) -> Problem:
    return Problem(network=KerasNetwork(model, **settings), one_task=lambda *_: None, input_shape=(2,))


def like_mlp(parameters: dict[str, Any]) -> dict[str, Any]:
    """Returns the weights of `dense_model` under the names that an `MLP` gives them."""
    return {
        f"layer_{index}": {kind: parameters[f"{layer}/{kind}"] for kind in ("bias", "kernel")}
        for index, layer in enumerate(["hidden", "last"])
    }


def slope_error(chosen: Problem) -> float:
    """Returns the relative error of the meta-gradient against a central difference."""
    parameters, episodes = chosen.parameters(0), chosen.episodes(0)
    _, gradient = meta_gradient(chosen, LOOP, parameters, episodes)
    drawn = np.random.default_rng(0)
    direction = [drawn.normal(size=slope.shape) for slope in gradient]
    objective = chosen.learner(LOOP).objective
    numeric = finite_difference(lambda value: objective(value, episodes), parameters, direction)
    exact = sum(float(np.sum(slope * step)) for slope, step in zip(gradient, direction, strict=True))
    return abs(numeric - exact) / abs(exact)


def test_a_keras_model_agrees_with_an_mlp_of_the_same_weights() -> None:
    from_keras = problem_of(dense_model())
    own = Problem(network=MLP(inputs=2, hidden=(6,), outputs=2), one_task=lambda *_: None, input_shape=(2,))
    parameters, episodes = from_keras.parameters(0), from_keras.episodes(0)

    loss, gradient = meta_gradient(from_keras, LOOP, parameters, episodes)

    expected_loss, expected = meta_gradient(own, LOOP, like_mlp(parameters), episodes)
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-12)
    assert largest_difference(gradient, expected) < 1e-12


def test_parameters_are_the_weights_of_the_model_by_name() -> None:
    model = dense_model()

    parameters = KerasNetwork(model).initialize(0)

    assert leaf_names(parameters) == ["hidden/bias", "hidden/kernel", "last/bias", "last/kernel"]
    for weight, value in zip(model.trainable_variables, parameters.values(), strict=True):
        np.testing.assert_array_equal(value, weight.numpy())


def test_parameters_can_be_put_back_into_the_model() -> None:
    model, inputs = dense_model(), tf.constant([[1.0, 2.0], [3.0, 4.0]], tf.float64)
    chosen = problem_of(model)
    parameters = chosen.parameters(0)

    chosen.network.assign(parameters)  # type: ignore[attr-defined]

    assert largest_difference(chosen.network.initialize(7), parameters) == 0
    assert largest_difference(model(inputs), chosen.network.apply(parameters, inputs[tf.newaxis])[0]) < 1e-12


@pytest.mark.parametrize("spoil", ["name", "shape"])
def test_parameters_of_another_model_are_not_put_into_it(spoil: str) -> None:
    model = dense_model()
    before = [weight.numpy() for weight in model.weights]
    parameters = problem_of(model).parameters(0)
    if spoil == "name":
        parameters["first/bias"] = parameters.pop("hidden/bias")
    else:
        parameters["last/bias"] = parameters["last/bias"][tf.newaxis]

    with pytest.raises(SettingError, match=r"the parameters must be \{'hidden/kernel': \(2, 6\), .*, not \{"):
        KerasNetwork(model).assign(parameters)

    for weight, value in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)


@pytest.mark.parametrize("functional", [False, True])
def test_names_do_not_depend_on_the_models_made_before(functional: bool) -> None:
    def names() -> list[str]:
        inputs, layer = keras.Input([2]), keras.layers.Dense(1, name="only")
        model = keras.Model(inputs, layer(inputs)) if functional else keras.Sequential([inputs, layer])
        return leaf_names(KerasNetwork(model).initialize(0))

    assert names() == names() == ["only/bias", "only/kernel"]


@pytest.mark.parametrize("ignored", [{"kernel_regularizer": "l2"}, {"bias_constraint": "non_neg"}], ids=str)
def test_regularizers_and_constraints_are_refused(ignored: dict[str, str]) -> None:
    model = keras.Sequential([keras.Input([2]), keras.layers.Dense(1, name="only", **ignored)])

    with pytest.raises(SettingError, match=r"weights must have no regularizer or constraint, as .*only/.* have"):
        KerasNetwork(model)


def test_a_model_that_is_not_built_is_refused() -> None:
    model = keras.Sequential([keras.layers.Dense(1)], name="later")

    with pytest.raises(SettingError, match=r"must be built, with a keras.Input or by a first call, not 'later'"):
        KerasNetwork(model)


def test_parts_of_the_model_can_adapt_by_name() -> None:
    chosen = problem_of(dense_model())
    loop = InnerLoop(steps=1, learning_rate=0.1, adapts=("last",), keeps=("bias",))

    parameters = chosen.parameters(0)

    adapted = chosen.learner(loop).adapt(parameters, chosen.episodes(0).support)[-1]

    changed = [name for name, value in adapted.items() if value is not parameters[name]]
    assert changed == ["last/kernel"]


def test_the_model_keeps_its_own_weights() -> None:
    model = normalised_model()
    before = [weight.numpy() for weight in model.weights]
    chosen = problem_of(model)

    meta_gradient(chosen, LOOP, chosen.parameters(0), chosen.episodes(0))

    for weight, value in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)


def test_training_mode_uses_current_batch_statistics() -> None:
    model = normalised_model()
    chosen = problem_of(model)
    parameters, inputs = chosen.parameters(0), chosen.episodes(0).support.inputs

    of_batch = KerasNetwork(model).apply(parameters, inputs)
    averaged = KerasNetwork(model, training=False).apply(parameters, inputs)

    assert largest_difference(averaged, of_batch) > 0.1
    shifted = KerasNetwork(model).apply(parameters, inputs + 3.0)
    assert largest_difference(shifted, of_batch) < 1e-12, "current-batch statistics remove a constant"


def test_running_averages_are_used_at_test() -> None:
    model = normalised_model()
    chosen = problem_of(model, training=False)
    parameters, inputs = chosen.parameters(0), chosen.episodes(0).support.inputs
    before = chosen.network.apply(parameters, inputs)

    model.layers[1].moving_mean.assign([1.0, 2.0, 3.0])

    assert largest_difference(chosen.network.apply(parameters, inputs), before) > 0.1


def test_second_order_is_exact_with_batch_normalisation_at_test() -> None:
    assert slope_error(problem_of(normalised_model(), training=False)) < 1e-6


def sequential(inputs: list[int], *layers: Any) -> keras.Model:
    """A model in double precision of layers that are given as kinds and settings."""
    made = [kind(*values, **DOUBLE) for kind, *values in layers]
    return keras.Sequential([keras.Input(inputs, **DOUBLE), *made])


LAYERS = keras.layers
# Without the activation in between, the error of an inexact variance cancels for the last two.
NORMALISED: dict[str, Callable[[], Any]] = {
    "batch": normalised_model,
    "group": lambda: sequential([2], (LAYERS.Dense, 8, "tanh"), (LAYERS.GroupNormalization, 2), (LAYERS.Dense, 2)),
    "layer after convolution": lambda: sequential(
        [2, 1],
        (LAYERS.Conv1D, 5, 2),
        (LAYERS.Activation, "tanh"),
        (LAYERS.LayerNormalization,),
        (LAYERS.Flatten,),
        (LAYERS.Dense, 2),
    ),
}


@pytest.mark.parametrize("kind", NORMALISED)
def test_second_order_is_exact_with_normalisation_in_training(kind: str) -> None:
    model = NORMALISED[kind]()
    shape = (2, 1) if kind.startswith("layer") else (2,)
    assert slope_error(Problem(network=KerasNetwork(model), one_task=lambda *_: None, input_shape=shape)) < 1e-6


def test_second_order_is_exact_with_bilinear_upsampling() -> None:
    layers = keras.layers.Dense(4, use_bias=False, kernel_initializer="ones"), keras.layers.Reshape([2, 2, 1])
    upsampling = keras.layers.UpSampling2D(2, interpolation="bilinear")
    model = keras.Sequential([keras.Input([1]), *layers, upsampling, keras.layers.Flatten()])
    examples = Examples(tf.ones([1, 1, 1]), tf.zeros([1, 1, 16]))
    inner_loop = InnerLoop(steps=1, learning_rate=1.0)
    learner = MAML(network=KerasNetwork(model), loss=squared_error, inner_loop=inner_loop)

    _, [gradient] = differentiate(
        lambda value: learner.objective(value, Episodes(examples, examples, tf.zeros([1, 0]))),
        KerasNetwork(model).initialize(0),
    )

    np.testing.assert_allclose(gradient, np.full([1, 4], 0.125), rtol=1e-5)


def dropout_model() -> keras.Model:
    return sequential([2], (LAYERS.Dense, 8), (LAYERS.Dropout, 0.5), (LAYERS.Dense, 2))


def draws(seed: int = 0, iteration: int = 0) -> Draws:
    return Draws(seed=seed, step=lambda: [iteration])


def test_dropout_draws_new_masks_for_every_task_call_iteration_and_seed() -> None:
    chosen = problem_of(dropout_model())
    parameters = chosen.parameters(0)
    inputs = tf.ones([2, 3, 2], tf.float64)

    outputs = []
    for settings in ({}, {"seed": 1}, {"iteration": 1}):
        with drawing(draws(**settings)):
            outputs += [*chosen.network.apply(parameters, inputs), *chosen.network.apply(parameters, inputs)]

    assert len({np.asarray(each).tobytes() for each in outputs}) == 12
    with drawing(draws()):
        np.testing.assert_array_equal(chosen.network.apply(parameters, inputs)[1], outputs[1])


def test_dropout_is_off_outside_meta_training_but_normalisation_is_not() -> None:
    kinds = (LAYERS.Dense, 4), (LAYERS.BatchNormalization,), (LAYERS.Dropout, 0.5), (LAYERS.Dense, 2)
    model = sequential([2], *kinds)
    plain = sequential([2], *kinds[:2], kinds[3])
    for weight, value in zip(plain.trainable_variables, model.trainable_variables, strict=True):
        weight.assign(value)
    inputs = tf.constant(np.random.default_rng(0).normal(size=[2, 3, 2]))

    outputs, expected = (KerasNetwork(each).apply(KerasNetwork(each).initialize(0), inputs) for each in (model, plain))

    np.testing.assert_array_equal(outputs, expected)
    assert "call" not in model.layers[2].__dict__


def test_an_interrupted_run_with_dropout_ends_with_the_same_bits(tmp_path: Path) -> None:
    inner_loop = InnerLoop(steps=1, learning_rate=0.1)

    def trained(iterations: int, name: str) -> Any:
        # Keras draws the seed of every new dropout layer, as it does in a new process.
        layers = [keras.layers.Dense(8, name="a"), keras.layers.Dropout(0.5), keras.layers.Dense(1, name="b")]
        model = keras.Sequential([keras.Input([1]), *layers])
        for weight in model.trainable_variables:
            weight.assign(np.random.default_rng(0).normal(size=weight.shape))
        learner = MAML(network=KerasNetwork(model), loss=squared_error, inner_loop=inner_loop)
        training = Training(iterations=iterations, meta_batch=2, chunk=1)
        checkpoint = Checkpoint(path=tmp_path / f"{name}.npz", run="dropout", every=0)
        return train(learner, Sinusoid(shot=3, query=3), training, checkpoint=checkpoint).parameters

    whole = trained(2, "whole")
    first = trained(1, "parts")
    resumed = trained(2, "parts")

    assert largest_difference(first, whole) > 0
    for name, value in whole.items():
        np.testing.assert_array_equal(resumed[name], value)


@pytest.mark.parametrize("source", ["keras", "tensorflow"])
def test_random_numbers_that_would_not_resume_are_refused(source: str) -> None:
    class Noise(keras.layers.Layer):  # type: ignore[misc]
        def call(self, inputs: Any) -> Any:
            draw = keras.random.normal if source == "keras" else tf.random.normal
            return inputs + draw([1])

    network = KerasNetwork(keras.Sequential([keras.Input([2]), keras.layers.Dense(2), Noise()]))

    with pytest.raises(SettingError, match=r"random numbers must come from .*SeedGenerator"):
        tf.function(network.apply, autograph=False)(network.initialize(0), tf.ones([1, 3, 2]))


def test_a_model_with_running_averages_is_calibrated_when_parameters_are_assigned() -> None:
    model = normalised_model()
    network = KerasNetwork(model)
    parameters = network.initialize(0)
    inputs = 5 + tf.constant(np.random.default_rng(0).normal(size=[20, 2]))
    expected = network.apply(parameters, inputs[tf.newaxis])[0]

    with pytest.raises(SettingError, match="calibrate_on must be inputs, not None"):
        network.assign(parameters)
    network.assign(parameters, calibrate_on=inputs)

    np.testing.assert_allclose(model(inputs), expected, rtol=1e-10)
    assert model.layers[1].momentum == 0.99


def test_frozen_averages_need_no_calibration() -> None:
    model = normalised_model()
    parameters = KerasNetwork(model).initialize(0)
    KerasNetwork(model, training=False).assign(parameters)
    model.layers[1].trainable = False
    network = KerasNetwork(model)
    network.assign(network.initialize(0))


@pytest.mark.parametrize(
    "layer",
    [lambda: keras.layers.SpectralNormalization(keras.layers.Dense(2)), lambda: LAYERS.BatchNormalization(renorm=True)],
)
def test_statistics_that_would_have_to_be_updated_are_refused(layer: Any) -> None:
    model = keras.Sequential([keras.Input([2]), keras.layers.Dense(2), layer()])

    with pytest.raises(SettingError, match="training must be False with"):
        KerasNetwork(model)

    KerasNetwork(model, training=False)


def test_outputs_with_several_axes_train_like_flattened_ones() -> None:
    convolution = keras.layers.Conv2D(1, 3, padding="same", **DOUBLE)
    images = keras.Sequential([keras.Input([6, 6, 1], **DOUBLE), convolution])
    flat = keras.Sequential([keras.Input([6, 6, 1], **DOUBLE), convolution, keras.layers.Flatten(**DOUBLE)])
    inputs, targets = np.random.default_rng(0).normal(size=[2, 2, 3, 6, 6, 1])

    stepped, expected = (
        adapt(LOOP, KerasNetwork(model), squared_error, KerasNetwork(model).initialize(0), Examples(inputs, shaped))[1]
        for model, shaped in ((images, targets), (flat, targets.reshape([2, 3, 36])))
    )

    assert largest_difference(list(stepped.values()), list(expected.values())) < 1e-12


@pytest.mark.parametrize("names", [None, ("left", "right")])
def test_a_model_may_have_several_inputs(names: Any) -> None:
    def packed(*values: Any) -> Any:
        return dict(zip(names, values, strict=True)) if names else values

    left, right = keras.Input([2], name="left"), keras.Input([3], name="right")
    model = keras.Model(packed(left, right), keras.layers.Dense(1)(keras.layers.Concatenate()([left, right])))
    network = KerasNetwork(model)
    inputs = packed(tf.ones([2, 4, 2]), 2 * tf.ones([2, 4, 3]))
    learner = MAML(network=network, loss=squared_error, inner_loop=InnerLoop(steps=1, learning_rate=0.1))
    examples = Examples(inputs, tf.zeros([2, 4, 1]))

    learner.update(learner.begin(0), Episodes(examples, examples, tf.zeros([2, 0])))

    expected = model(packed(tf.ones([4, 2]), 2 * tf.ones([4, 3])))
    np.testing.assert_allclose(network.apply(network.initialize(0), inputs)[1], expected, rtol=1e-6)


@pytest.mark.parametrize("kind", ["several outputs", "ragged"])
def test_inputs_and_outputs_that_do_not_fit_are_refused(kind: str) -> None:
    given = keras.Input([2])
    outputs = keras.layers.Dense(1)(given)
    network = KerasNetwork(keras.Model(given, [outputs, outputs] if kind == "several outputs" else outputs))
    inputs = tf.ones([1, 3, 2]) if kind == "several outputs" else tf.RaggedTensor.from_tensor(tf.ones([1, 3, 2]))

    with pytest.raises(SettingError, match=r"must have one output, not|inputs must be dense tensors, not \['Ragged"):
        network.apply(network.initialize(0), inputs)


def test_targets_of_another_precision_are_refused_and_plain_tuples_are_not() -> None:
    network = KerasNetwork(keras.Sequential([keras.Input([2]), keras.layers.Dense(1)]))
    inputs, targets = tf.ones([1, 3, 2], tf.float64), tf.ones([1, 3, 1])

    adapt(LOOP, network, squared_error, network.initialize(0), (inputs, targets))  # type: ignore[arg-type]

    with pytest.raises(SettingError, match="targets must have the type of the outputs, float32, not float64"):
        adapt(LOOP, network, squared_error, network.initialize(0), Examples(inputs, tf.cast(targets, tf.float64)))


def test_weights_under_one_path_are_refused() -> None:
    class Twins(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = (keras.layers.Dense(2, name="twin") for _ in range(2))

        def call(self, inputs: Any) -> Any:
            return self.two(self.one(inputs))

    model = Twins()
    model(tf.zeros([1, 2]))

    with pytest.raises(SettingError, match=r"must have different names, not .*twin/kernel"):
        KerasNetwork(model)


def test_gradients_reach_every_weight() -> None:
    model = normalised_model()
    chosen = problem_of(model)
    parameters, inputs = chosen.parameters(0), chosen.episodes(0).support.inputs

    _, gradient = differentiate(lambda value: tf.reduce_sum(tf.sin(chosen.network.apply(value, inputs))), parameters)

    # Normalisation removes the bias before it.
    assert [np.abs(slope).max() > 1e-9 for slope in gradient] == [
        not name.startswith(model.layers[0].name + "/bias") for name in leaf_names(parameters)
    ]
