"""What all learners have in common."""

from dataclasses import replace
from typing import Any

import pytest

from maml_tf import MLP, BatchNormalization, Classifier, ContextVector, SettingError
from maml_tf.learners import Learner
from tests.maml_tf.problems import LEARNERS

AVERAGED = MLP(inputs=2, hidden=(3,), outputs=1, normalization=BatchNormalization(statistics="running averages"))


@pytest.mark.parametrize("network", [AVERAGED, ContextVector(network=AVERAGED, shape=(1,))], ids=["plain", "wrapped"])
@pytest.mark.parametrize("learner", LEARNERS.values(), ids=list(LEARNERS))
def test_running_averages_are_not_trained_by_gradients(learner: Learner, network: Any) -> None:
    averaged: Any = replace(learner, network=network)  # type: ignore[type-var]
    with pytest.raises(SettingError, match=r"statistics must not be 'running averages' in a network .*gradients alone"):
        averaged.begin(0)


def test_a_learner_that_moves_running_averages_has_them() -> None:
    assert set(Classifier(network=AVERAGED).begin(0).parameters["layer_0"]) >= {"mean", "variance"}
