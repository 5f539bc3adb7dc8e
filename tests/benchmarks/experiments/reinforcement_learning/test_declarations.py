"""The numbers of the paper and of the authors' scripts, copied a second time from them."""

from typing import Any

import numpy as np
import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.declaring.settings import build
from benchmarks.experiments.reinforcement_learning.declarations import EXPERIMENTS
from benchmarks.experiments.reinforcement_learning.domains import DOMAINS, ROBOTS, Domain
from benchmarks.records.references import load_references

# Inner learning rate; those of the first and of later steps at the meta-test; rollouts in training and at the test;
# tasks; bound on the KL divergence; meta-iterations. `maml_examples/*.py` of cbfinn/maml_rl.
MAML = {
    "navigation": (0.5, 0.5, 0.25, 20, 40, 20, 0.01, 100),
    "cheetah-direction": (0.1, 0.1, 0.05, 20, 20, 40, 0.02, 100),
    "cheetah-velocity": (0.1, 0.1, 0.05, 10, 20, 40, 0.01, 475),
    "ant-velocity": (0.1, 0.1, 0.05, 20, 20, 40, 0.01, 375),
    "ant-direction": (0.1, 0.1, 0.001, 40, 40, 40, 0.01, 575),
}
# First and later learning rates of fine-tuning the pretrained policy, and of the random initialisation.
FINE_TUNING = {
    "navigation": (0.5, 0.25, 0.5, 0.25),
    "cheetah-direction": (0.2, 0.1, 1.0, 0.5),
    "cheetah-velocity": (0.02, 0.01, 0.1, 0.05),
    "ant-velocity": (0.2, 0.1, 1.0, 0.5),
    "ant-direction": (0.2, 0.1, 1.0, 0.5),
}
# Iterations of pretraining and of the oracle, and goals in an iteration of each.
BASELINES = {
    "navigation": (100, 100, 20, 100),
    "cheetah-direction": (500, 500, 100, 100),
    "cheetah-velocity": (475, 975, 100, 100),
    "ant-velocity": (575, 550, 100, 100),
    "ant-direction": (1000, 1975, 100, 100),
}
SIZES = {"navigation": (2, 2), "cheetah": (20, 6), "ant": (125, 8)}
KEYS = [domain.key for domain in DOMAINS]


def settings(key: str, method: str, reading: str = "code", scale: str = "paper") -> dict[str, Any]:
    return CATALOGUE[f"reinforcement-learning/{key}-{method}"].settings(scale, reading)


def rates(declared: dict[str, Any]) -> tuple[float, ...]:
    values: tuple[float, ...] = declared["tests"]["goals"]["learner"]["inner_loop.learning_rate"]["values"]
    return values


@pytest.mark.parametrize("key", KEYS)
def test_maml_is_trained_and_tested_with_the_numbers_of_the_scripts(key: str) -> None:
    declared = settings(key, "maml")
    learner, test, training = declared["learner"], declared["tests"]["goals"], declared["training"]
    first, *later = rates(declared)
    found = (
        learner["inner_loop"]["learning_rate"],
        first,
        *set(later),
        learner["rollouts"],
        test["learner"]["rollouts"],
        training["meta_batch"],
        learner["meta_optimizer"]["max_kl"],
        training["iterations"],
    )
    assert found == MAML[key]
    assert (learner["inner_loop"]["steps"], learner["discount"], learner["gae_lambda"]) == (1, 0.99, 1.0)
    assert (learner["baseline"]["ridge"], learner["surrogate"], declared["selection"]) == (1e-5, "authors", None)
    optimizer = learner["meta_optimizer"]
    assert (optimizer["conjugate_gradient_steps"], optimizer["damping"]) == (10, 1e-5)
    assert (optimizer["backtracks"], optimizer["backtrack_ratio"]) == (15, 0.8)


@pytest.mark.parametrize("key", KEYS)
def test_baselines_are_fine_tuned_with_the_numbers_of_the_scripts(key: str) -> None:
    pretrained, random = (rates(settings(key, method)) for method in ("pretrained", "random"))
    assert (*pretrained[:2], *random[:2]) == FINE_TUNING[key]
    assert len(set(pretrained[1:])) == len(set(random[1:])) == 1
    assert settings(key, "random")["training"]["iterations"] == 0


@pytest.mark.parametrize("key", KEYS)
def test_baselines_are_trained_as_long_as_in_the_scripts(key: str) -> None:
    pretrained, oracle = (settings(key, method) for method in ("pretrained", "oracle"))
    training = [declared["training"] for declared in (pretrained, oracle)]
    assert (*(each["iterations"] for each in training), *(each["meta_batch"] for each in training)) == BASELINES[key]
    optimizer = pretrained["learner"]["meta_optimizer"]
    if key == "navigation":
        assert optimizer == {"part": "maml_tf.Adam", "learning_rate": 1e-3}
    else:
        assert optimizer["max_kl"] == 0.01
    assert pretrained["learner"]["pooled"] is (key != "navigation")
    assert pretrained["learner"]["rollouts"] == (20 if key == "navigation" else 1)
    assert oracle["learner"]["meta_optimizer"]["max_kl"] == 0.01
    assert (oracle["learner"]["pooled"], oracle["learner"]["rollouts"]) == (True, 1)
    assert oracle["learner"]["environment"]["oracle"] is True
    assert oracle["tests"]["goals"]["protocol"]["steps"] == 0


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.id)
def test_policies_have_the_layers_of_the_paper_and_the_sizes_of_their_environment(experiment: Any) -> None:
    declared = experiment.settings("paper", "code")
    policy, (_, name) = declared["learner"]["policy"], experiment.id.split("/")
    observations, actions = next(sizes for word, sizes in SIZES.items() if name.startswith(word))
    goal = 2 if name.startswith("navigation") else 1
    if name.endswith(("oracle", "oracle-exact-products")):
        observations += goal
    assert (policy["observation_size"], policy["action_size"]) == (observations, actions)
    assert policy["hidden"] == (100, 100)
    assert policy["nonlinearity"] == ("tanh" if name == "navigation-random" else "relu")
    assert policy["context"] == (5 if name.endswith("context-vector") else 0)


@pytest.mark.parametrize("domain", DOMAINS, ids=KEYS)
def test_the_test_is_on_the_authors_goals_and_takes_the_steps_of_the_figure(domain: Domain) -> None:
    seed, (low, high) = (
        (2 if domain.key == "ant-direction" else 1),
        {
            "navigation": (-0.5, 0.5),
            "cheetah-direction": (0.0, 2.0),
            "cheetah-velocity": (0.0, 2.0),
            "ant-velocity": (0.0, 3.0),
            "ant-direction": (0.0, 3.0),
        }[domain.key],
    )
    test = settings(domain.key, "maml")["tests"]["goals"]
    goals = np.asarray(build(test["tasks"]).sample((0, 0), 40))
    drawn = np.random.RandomState(seed).uniform(low, high, (40, 2 if domain.key == "navigation" else 1))
    if domain.key.endswith("direction"):
        drawn = np.where(drawn < (low + high) / 2, -1.0, 1.0)
    np.testing.assert_allclose(goals, drawn, rtol=1e-6)
    assert (test["protocol"]["tasks"], test["protocol"]["steps"]) == (40, 4 if domain.key == "navigation" else 3)


def test_the_text_differs_from_the_code_where_the_paper_does() -> None:
    navigation = settings("navigation", "maml", "text")
    assert navigation["learner"]["inner_loop"]["learning_rate"] == 0.1
    assert rates(navigation) == (0.1, 0.05, 0.05, 0.05)
    assert navigation["learner"]["environment"]["reward"] == "squared distance"
    assert navigation["selection"]["every"] == 25
    assert settings("cheetah-velocity", "maml", "text")["learner"]["rollouts"] == 20
    assert rates(settings("ant-direction", "maml", "text")) == (0.1, 0.05, 0.05)
    assert settings("navigation", "random", "text")["learner"]["policy"]["nonlinearity"] == "relu"
    assert settings("navigation", "random")["learner"]["environment"]["reward"] == "distance"


def test_context_vector_and_first_order_differ_from_maml_in_what_adapts_and_in_the_derivatives_alone() -> None:
    maml, context, first = (
        settings("cheetah-direction", method)["learner"] for method in ("maml", "context-vector", "maml-first-order")
    )
    assert context["inner_loop"] == maml["inner_loop"] | {"adapts": ("context",)}
    assert context == maml | {"inner_loop": context["inner_loop"], "policy": maml["policy"] | {"context": 5}}
    assert first == maml | {"inner_loop": maml["inner_loop"] | {"first_order": True}}


@pytest.mark.parametrize("domain", ROBOTS, ids=[domain.key for domain in ROBOTS])
def test_the_version_of_mujoco_defines_the_numbers_of_all_but_smoke_runs(domain: Domain) -> None:
    versions = [
        settings(domain.key, "maml", scale=scale)["learner"]["environment"]["mujoco"]
        for scale in ("smoke", "desktop", "paper")
    ]
    assert versions == [None, "4.0.0", "4.0.0"]
    assert any("MuJoCo 4.0.0" in note for note in CATALOGUE[f"reinforcement-learning/{domain.key}-maml"].footnotes)


def test_gymnasium_s_dynamics_answer_nothing_and_say_so() -> None:
    others = [experiment for experiment in EXPERIMENTS if experiment.id.endswith("gymnasium")]
    assert len(others) == len(ROBOTS)
    for experiment in others:
        assert not experiment.answers
        assert experiment.footnotes[0].startswith("Not comparable with the paper")
        environment = experiment.settings("paper", "code")["learner"]["environment"]
        assert environment["dynamics"] == "gymnasium"


def test_every_reference_of_reinforcement_learning_is_answered() -> None:
    answered = {reference for experiment in CATALOGUE.values() for reference in experiment.answers}
    answered |= set(CATALOGUE.claims)
    ours = ("table-4/", "table-5/", "figure-4/", "figure-5/")
    claims = ("claim/navigation", "claim/locomotion", "claim/cheetah", "claim/ant-", "claim/parameters-policy")
    references = {reference for reference in load_references() if reference.startswith((*ours, *claims))}
    assert len(references) == 96
    assert references <= answered


def test_only_experiments_with_physics_need_optional_packages() -> None:
    for experiment in EXPERIMENTS:
        needs_nothing = experiment.id.startswith("reinforcement-learning/navigation")
        assert (experiment.extra is None) == needs_nothing
        assert needs_nothing or (experiment.extra and experiment.extra.modules == ("gymnasium", "mujoco"))
