"""ANIL and Meta-SGD against a plain loop of nested tapes, with public names alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import (
    ANIL,
    MLP,
    InnerLoop,
    MetaSGD,
    Protocol,
    Rates,
    SettingError,
    Training,
    evaluate,
    squared_error,
    train,
)
from tests.maml_tf.problems import ADAM, INNER_LOOP, SINUSOID, SMALL, DoubleNetwork, problem
from tests.maml_tf.reference import differentiate, largest_difference, tasks_of

LOOP = InnerLoop(steps=3, learning_rate=0.1)
RULE = InnerLoop(steps=1, learning_rate=Rates(values=0.1))
NAMES = ["perceptron, normalised", "convolutions, strides", "Keras, dense"]


def anil_loss(chosen: Any, parameters: Any, head: list[int]) -> Any:
    """Returns the loss of ANIL by plain tapes: only the tensors at these positions take steps."""
    losses = []
    for support, query, _ in tasks_of(chosen.episodes(0)):
        values = tf.nest.flatten(parameters)
        for _ in range(LOOP.steps):
            point = [values[at] for at in head]
            with tf.GradientTape() as tape:
                tape.watch(point)
                merged = list(values)
                for at, value in zip(head, point, strict=True):
                    merged[at] = value
                outputs = chosen.one_task(tf.nest.pack_sequence_as(parameters, merged), support.inputs)
                loss = tf.reduce_mean(chosen.loss(outputs, support.targets))
            for at, gradient in zip(head, tape.gradient(loss, point), strict=True):
                values[at] -= LOOP.learning_rate * gradient
        adapted = tf.nest.pack_sequence_as(parameters, values)
        losses.append(tf.reduce_mean(chosen.loss(chosen.one_task(adapted, query.inputs), query.targets)))
    return tf.reduce_mean(losses)


@pytest.mark.parametrize(
    ("name", "prefix", "positions"),
    [
        ("perceptron, normalised", "layer_2", [-2, -1]),
        ("convolutions, strides", "linear", [-2, -1]),
        ("Keras, dense", "last", [-2, -1]),
    ],
)
def test_anil_adapts_the_head_alone_and_learns_all(name: str, prefix: str, positions: list[int]) -> None:
    chosen = problem(name)
    parameters = chosen.parameters(0)
    head = [at % len(tf.nest.flatten(parameters)) for at in positions]
    names = ("last/bias", "last/kernel") if name.startswith("Keras") else (prefix,)
    learner = ANIL(network=chosen.network, loss=chosen.loss, inner_loop=LOOP, head=names)

    loss, gradient = differentiate(lambda point: learner.objective(point, chosen.episodes(0)), parameters)

    expected_loss, expected = differentiate(lambda point: anil_loss(chosen, point, head), parameters)
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-12)
    assert largest_difference(gradient, expected) < 1e-12
    body = [np.abs(slope).max() for at, slope in enumerate(gradient) if at not in head]
    assert max(body) > 1e-3, "the body is meta-learned"


def meta_sgd_loss(chosen: Any, parameters: Any) -> Any:
    """Returns the loss of Meta-SGD by plain tapes: each element of each parameter has its own rate."""
    losses, rates = [], tf.nest.flatten(parameters["rates"])
    for support, query, _ in tasks_of(chosen.episodes(0)):
        adapted = parameters["initialisation"]
        for _ in range(LOOP.steps):
            values = tf.nest.flatten(adapted)
            with tf.GradientTape() as tape:
                tape.watch(values)
                loss = tf.reduce_mean(chosen.loss(chosen.one_task(adapted, support.inputs), support.targets))
            gradients = tape.gradient(loss, values, unconnected_gradients="zero")
            moved = [value - rate * slope for value, rate, slope in zip(values, rates, gradients, strict=True)]
            adapted = tf.nest.pack_sequence_as(adapted, moved)
        losses.append(tf.reduce_mean(chosen.loss(chosen.one_task(adapted, query.inputs), query.targets)))
    return tf.reduce_mean(losses)


@pytest.mark.parametrize("name", NAMES)
def test_meta_sgd_learns_its_rates_exactly(name: str) -> None:
    chosen = problem(name)
    initialisation = chosen.parameters(0)
    rates = tf.nest.map_structure(lambda value: 0.1 + 0.05 * tf.cos(value), initialisation)
    parameters = {"initialisation": initialisation, "rates": rates}
    learner = MetaSGD(network=chosen.network, loss=chosen.loss, inner_loop=LOOP)

    loss, gradient = differentiate(lambda point: learner.objective(point, chosen.episodes(0)), parameters)

    expected_loss, expected = differentiate(lambda point: meta_sgd_loss(chosen, point), parameters)
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-12)
    assert largest_difference(gradient, expected) < 1e-12


def test_meta_sgd_starts_from_the_learning_rate_of_the_inner_loop() -> None:
    state = MetaSGD(network=DoubleNetwork(network=SMALL), loss=squared_error, inner_loop=INNER_LOOP).begin(0)

    rates = tf.nest.flatten(state.parameters["rates"])
    assert all(np.all(rate == INNER_LOOP.learning_rate) and rate.dtype == tf.float64 for rate in rates)


@pytest.mark.parametrize(
    "learner",
    [
        ANIL(network=SMALL, loss=squared_error, inner_loop=INNER_LOOP, meta_optimizer=ADAM, head=("layer_1",)),
        MetaSGD(network=SMALL, loss=squared_error, inner_loop=INNER_LOOP, meta_optimizer=ADAM),
    ],
    ids=["ANIL", "Meta-SGD"],
)
def test_both_are_trained_and_tested_like_any_learner(learner: Any) -> None:
    training = Training(iterations=150, meta_batch=10, chunk=50)

    trained = train(learner, SINUSOID, training)
    scores = evaluate(learner, trained.parameters, SINUSOID, Protocol(tasks=50, steps=3), squared_error)

    assert trained.losses[-1, 1] < trained.losses[0, 1]
    assert scores.shape == (4, 50)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: ANIL(network=SMALL, loss=squared_error, inner_loop=LOOP, head=()),
            "head must be one or more prefixes",
        ),
        (
            lambda: ANIL(network=SMALL, loss=squared_error, inner_loop=LOOP, head="layer_1"),  # type: ignore[arg-type]
            "head must be a tuple of strings, not 'layer_1'",
        ),
        (
            lambda: MetaSGD(network=SMALL, loss=squared_error, inner_loop=LOOP).with_learning_rate(0.3),
            r"learning_rate must not be changed to 0\.3: MetaSGD has learned its rates",
        ),
        (
            lambda: ANIL(
                network=SMALL, loss=squared_error, inner_loop=replace(LOOP, adapts=("layer_0",)), head=("layer_1",)
            ),
            r"inner_loop.adapts must be None, since head chooses, not \('layer_0',\)",
        ),
        (
            lambda: MetaSGD(network=MLP(inputs=1, hidden=(), outputs=1), loss=squared_error, inner_loop=RULE),
            "inner_loop.learning_rate must be a number here, not Rates",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(make: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        make()
