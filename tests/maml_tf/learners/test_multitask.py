"""The average of regressors that are each trained on one task."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import Adam, Episodes, InnerLoop, MultiTask, SettingError, Sinusoid, squared_error
from maml_tf.interfaces import Parameters
from tests.maml_tf.problems import SMALL, DoubleNetwork, in_double, plain_perceptron
from tests.maml_tf.reference import differentiate, largest_difference

REGRESSORS = 3
LEARNER = MultiTask(
    network=DoubleNetwork(network=SMALL),
    loss=squared_error,
    inner_loop=InnerLoop(steps=1, learning_rate=0.02),
    meta_optimizer=Adam(learning_rate=0.05),
    fit_steps=4,
)
VARIANTS = {
    "none": LEARNER,
    "l2": replace(LEARNER, regularization="l2", strength=0.1),
    "mean": replace(LEARNER, regularization="mean", strength=0.1),
}


def episodes(number: int) -> Episodes:
    """Draws one task."""
    return in_double(Sinusoid(shot=6, query=1).sample((0, number), 1))  # type: ignore[no-any-return]


def means(learner: MultiTask, seed: int = 0) -> tuple[list[Parameters], list[float]]:
    """Returns the mean after every regressor, and their final losses."""
    state, averages, losses = learner.begin(seed), [], []
    for number in range(REGRESSORS):
        losses.append(float(learner.update(state, episodes(number))))
        averages.append(tf.nest.map_structure(tf.identity, state.parameters))
    return averages, losses


def initial(seed: int = 0) -> list[list[np.ndarray]]:
    """Returns the initial parameters of every regressor, which follow from the means if no step is taken."""
    unfitted, _ = means(replace(LEARNER, fit_steps=0), seed)
    flat = [[np.zeros(value.shape) for value in tf.nest.flatten(unfitted[0])]]
    flat += [[value.numpy() for value in tf.nest.flatten(average)] for average in unfitted]
    return [
        [count * new - (count - 1) * old for old, new in zip(flat[count - 1], flat[count], strict=True)]
        for count in range(1, REGRESSORS + 1)
    ]


def fitted(learner: MultiTask, start: list[np.ndarray], mean: list[np.ndarray], number: int) -> list[np.ndarray]:
    """Fits one regressor with Adam in NumPy."""
    structure, (support, *_) = learner.network.initialize(0), episodes(number)
    centre = mean if learner.regularization == "mean" else [np.zeros_like(value) for value in mean]
    factor = 0.0 if learner.regularization == "none" else learner.strength

    def objective(parameters: Parameters) -> Any:
        loss = tf.reduce_mean(squared_error(plain_perceptron(parameters, support.inputs[0]), support.targets[0]))
        pairs = zip(tf.nest.flatten(parameters), centre, strict=True)
        return loss + factor * sum(tf.reduce_sum((value - other) ** 2) for value, other in pairs)

    values, adam = [value.copy() for value in start], learner.meta_optimizer
    moments = [[np.zeros_like(value) for value in start] for _ in range(2)]
    for step in range(1, learner.fit_steps + 1):
        parameters = tf.nest.pack_sequence_as(structure, [tf.constant(value) for value in values])
        for index, slope in enumerate(differentiate(objective, parameters)[1]):
            for moment, decay, power in zip(moments, (adam.beta1, adam.beta2), (1, 2), strict=True):
                moment[index] = decay * moment[index] + (1 - decay) * slope**power
            rate = adam.learning_rate * np.sqrt(1 - adam.beta2**step) / (1 - adam.beta1**step)
            values[index] -= rate * moments[0][index] / (np.sqrt(moments[1][index]) + adam.epsilon)
    return values


@pytest.mark.parametrize("learner", VARIANTS.values(), ids=list(VARIANTS))
def test_the_mean_equals_that_of_separately_fitted_regressors(learner: MultiTask) -> None:
    averages, losses = means(learner)

    regressors: list[list[np.ndarray]] = []
    mean = [np.zeros_like(value) for value in initial()[0]]
    for number, start in enumerate(initial()):
        regressors.append(fitted(learner, start, mean, number))
        mean = [np.mean(values, axis=0) for values in zip(*regressors, strict=True)]
        assert largest_difference(averages[number], mean) < 1e-9

        structure, (support, *_) = learner.network.initialize(0), episodes(number)
        outputs = plain_perceptron(tf.nest.pack_sequence_as(structure, regressors[-1]), support.inputs[0])
        assert losses[number] == pytest.approx(np.mean(squared_error(outputs, support.targets[0])), rel=1e-9)


@pytest.mark.parametrize(
    "change",
    [
        {"fit_steps": 5},
        {"regularization": "none"},
        {"regularization": "l2"},
        {"strength": 0.2},
    ],
    ids=str,
)
def test_every_setting_changes_the_mean(change: dict[str, Any]) -> None:
    usual = means(VARIANTS["mean"])[0][-1]

    assert largest_difference(means(replace(VARIANTS["mean"], **change))[0][-1], usual) > 1e-4


def test_strength_has_no_effect_without_regularisation() -> None:
    assert largest_difference(means(replace(LEARNER, strength=5.0))[0], means(LEARNER)[0]) == 0


@pytest.mark.parametrize("regularization", ["l2", "mean"])
def test_a_regularisation_without_strength_is_refused(regularization: Any) -> None:
    with pytest.raises(
        SettingError, match=rf"strength must be above 0 with regularization '{regularization}', not 0\.0"
    ):
        replace(LEARNER, regularization=regularization, strength=0.0)


def test_every_regressor_and_every_seed_starts_differently() -> None:
    kernels = [start[1].tobytes() for seed in (0, 1) for start in initial(seed)]

    assert len(set(kernels)) == 2 * REGRESSORS


def test_the_mean_adapts_at_test() -> None:
    parameters = means(LEARNER)[0][-1]

    before, after = LEARNER.predict(parameters, episodes(0), 1)

    assert largest_difference(after, before) > 1e-3


def test_several_tasks_at_once_are_refused() -> None:
    several: Episodes = in_double(Sinusoid(shot=6, query=1).sample((0, 0), 2))

    with pytest.raises(SettingError, match="meta_batch must be 1 for MultiTask, not 2"):
        LEARNER.update(LEARNER.begin(0), several)


def test_a_snapshot_needs_only_the_mean() -> None:
    learner = VARIANTS["mean"]
    state = learner.begin(0)
    learner.update(state, episodes(0))
    other = learner.begin(0)

    other.restore(state.snapshot())

    for restored in (state, other):
        learner.update(restored, episodes(1))
    assert largest_difference(other.parameters, state.parameters) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"regularization": "l1"}, r"regularization must be one of \('none', 'l2', 'mean'\), not 'l1'"),
        ({"fit_steps": -1}, "fit_steps must be 0 or more, not -1"),
        ({"strength": -0.5}, "strength must be 0 or more, not -0.5"),
        ({"strength": float("nan")}, "strength must be 0 or more, not nan"),
    ],
)
def test_a_setting_out_of_range_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        replace(LEARNER, **change)
