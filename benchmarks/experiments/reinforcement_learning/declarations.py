"""Reinforcement learning (section 5.3, appendix C.2; Tables 4 and 5; Figures 4 and 5): a curve, an experiment."""

from dataclasses import replace
from typing import Any

from benchmarks.declaring.experiment import Experiment
from benchmarks.declaring.settings import overridden
from benchmarks.experiments.reinforcement_learning import footnotes, methods
from benchmarks.experiments.reinforcement_learning.domains import (
    ANT_DIRECTION,
    ANT_VELOCITY,
    CHEETAH_DIRECTION,
    CHEETAH_VELOCITY,
    DOMAINS,
    EXACT,
    NAVIGATION,
    ROBOTS,
    Domain,
)
from benchmarks.experiments.reinforcement_learning.text_reading import (
    text_of_maml,
    text_of_pretraining,
    text_of_rewards,
)

PARAMETERS = {
    NAVIGATION.key: "claim/parameters-policy-navigation",
    CHEETAH_VELOCITY.key: "claim/parameters-policy-cheetah",
    ANT_VELOCITY.key: "claim/parameters-policy-ant",
}


def drawn(domain: Domain) -> dict[str, Any]:
    """Returns what records a rollout before and after adaptation: the paths of Figure 4 (bottom), or runs of robots."""
    goal, steps = (methods.DRAWN_GOAL, 3) if domain is NAVIGATION else (0, 1)
    picture = {"tasks": domain.test_goals, "goal": goal, "seed": 3, "steps": (0, steps)}
    return {"pictures": {"paths": picture}, "extra_measurements": methods.PATHS}


def path(domain: Domain, method: str) -> dict[str, str]:
    """Returns the reference of the paths of a method in Figure 4, with the picture that answers it."""
    return {f"figure-4/trajectories/{method}": "picture/paths"} if domain is NAVIGATION else {}


def maml(domain: Domain) -> Experiment:
    """Declares MAML."""
    parameters = {PARAMETERS[domain.key]: "parameters"} if domain.key in PARAMETERS else {}
    gains = {
        "gain-of-one-update": (methods.metric(1), methods.metric(0)),
        "gain-of-later-updates": (methods.metric(3), methods.metric(1)),
    }
    return methods.experiment(
        domain,
        "maml",
        "MAML",
        domain.minutes.maml,
        description=(
            "MAML is meta-trained through one policy gradient step, with TRPO as meta-optimiser (algorithm 3), and "
            "tested on the authors' 40 goals with several steps, each on new rollouts."
        ),
        learner=methods.learner(domain),
        training={"iterations": domain.iterations.maml, "meta_batch": domain.meta_batch},
        tests=methods.test(domain, domain.maml),
        selection=methods.validation(domain),
        differences=gains,
        readings={"text": text_of_maml(domain), "code": {"selection": None}},
        smoke={"selection.every": 1, "selection.protocol.tasks": 2},
        desktop={"selection.every": 5},
        answers=methods.curve(domain, "maml") | methods.table(domain, "maml") | path(domain, "maml") | parameters,
        footnotes=(*footnotes.algorithm(domain), footnotes.PICKED, *footnotes.physics(domain)),
        **drawn(domain),
    )


def variant(
    domain: Domain, method: str, title: str, changes: dict[str, Any], *, longer: int = 1, **declared: Any
) -> Experiment:
    """Declares MAML with one intended change, in the code reading.

    Args:
        domain: The domain.
        method: Second half of the id, after the domain.
        title: The method in words.
        changes: Changed settings of the learner by dotted path.
        longer: How many times as many meta-iterations as MAML.
        **declared: Further attributes of `Experiment`; `description` and `footnotes` are required.
    """
    return methods.experiment(
        domain,
        method,
        title,
        longer * domain.minutes.maml,
        learner=overridden(methods.learner(domain), changes),
        training={"iterations": longer * domain.iterations.maml, "meta_batch": domain.meta_batch},
        tests=methods.test(domain, domain.maml),
        **{"answers": {}, "readings": {"text": text_of_rewards(domain), "code": {}}, **declared},
    )


def context_vector(domain: Domain) -> Experiment:
    """Declares the context vector of appendix C.2."""
    return variant(
        domain,
        "context-vector",
        "context vector",
        {"policy.context": methods.CONTEXT, "inner_loop": methods.inner_loop(domain, adapts=("context",))},
        description=(
            "Free parameters are concatenated to the observations. Only they adapt; the policy is meta-learned "
            "(appendix C.2). Everything else is as for MAML."
        ),
        readings={"text": text_of_maml(domain), "code": {}},
        answers=methods.table(domain, "context-vector"),
        footnotes=(footnotes.CONTEXT_SIZE, *footnotes.algorithm(domain), *footnotes.physics(domain)),
    )


def first_order(domain: Domain) -> Experiment:
    """Declares first-order MAML."""
    return variant(
        domain,
        "maml-first-order",
        "first-order MAML",
        {"inner_loop": methods.inner_loop(domain, first_order=True)},
        description="As MAML, without second derivatives.",
        footnotes=(footnotes.FIRST_ORDER, footnotes.UNSTATED, *footnotes.physics(domain)),
    )


def exact_surrogate(domain: Domain) -> Experiment:
    """Declares MAML with a surrogate whose second derivatives are less biased."""
    return variant(
        domain,
        "maml-low-variance-curvature",
        "MAML, low variance curvature",
        {"surrogate": "low variance curvature"},
        description="As MAML, with an inner objective whose second derivatives are less biased than the authors'.",
        footnotes=(footnotes.NOT_IN_PAPER, footnotes.SURROGATE, footnotes.UNSTATED, *footnotes.physics(domain)),
    )


def exact_products(domain: Domain) -> Experiment:
    """Declares MAML whose trust region multiplies by the Hessian exactly."""
    return variant(
        domain,
        "maml-exact-products",
        "MAML, exact products with the Hessian",
        {"meta_optimizer": methods.trust_region(domain.max_kl, EXACT)},
        description=(
            "As MAML, with products with the Hessian by automatic differentiation, where the authors took differences."
        ),
        footnotes=(footnotes.EXACT, footnotes.UNSTATED, footnotes.ROLLOUTS, *footnotes.physics(domain)),
    )


def longer(domain: Domain) -> Experiment:
    """Declares MAML with more meta-iterations."""
    return variant(
        domain,
        "maml-longer",
        "MAML, three times as many meta-iterations",
        {},
        longer=3,
        description="As MAML, with three times as many meta-iterations.",
        footnotes=(footnotes.NOT_IN_PAPER, footnotes.LONGER, footnotes.UNSTATED, *footnotes.physics(domain)),
    )


def gymnasium(domain: Domain) -> Experiment:
    """Declares MAML with the dynamics, observations and costs of Gymnasium's own environments."""
    return variant(
        domain,
        "maml-gymnasium",
        "MAML, Gymnasium's dynamics",
        {"environment.dynamics": "gymnasium"},
        description=(
            "As MAML, with Gymnasium's models and five steps of the simulator in each time step, as in version 5 of "
            "its environments; observations and rewards stay those of the authors. It shows the effect of the physics."
        ),
        footnotes=(footnotes.DYNAMICS, footnotes.UNSTATED, *footnotes.physics(domain)),
    )


def pretrained(domain: Domain) -> Experiment:
    """Declares pretraining on all tasks."""
    return methods.experiment(
        domain,
        "pretrained",
        "pretrained",
        domain.minutes.pretrained,
        description=(
            "One policy is trained on all tasks at once, then fine-tuned on each test goal by policy gradient steps. "
            "The learning rates of fine-tuning are those of the authors' scripts; the paper says that they were tuned."
        ),
        tasks=domain.pretraining_goals or domain.goals,
        learner=methods.pretraining(domain),
        training=methods.pretraining_iterations(domain),
        tests=methods.test(domain, domain.fine_tuning),
        readings={"text": text_of_pretraining(domain), "code": {}},
        answers=methods.curve(domain, "pretrained") | path(domain, "pretrained"),
        footnotes=(
            footnotes.UNSTATED,
            footnotes.ROLLOUTS,
            *((footnotes.KEPT_GOALS, *footnotes.curvature(domain)) if domain.pretraining_goals else ()),
            *((footnotes.FEBRUARY, footnotes.IGNORED_RATE) if domain in (CHEETAH_DIRECTION, ANT_DIRECTION) else ()),
            *footnotes.physics(domain),
        ),
        **(drawn(domain) if domain is NAVIGATION else {}),
    )


def random(domain: Domain) -> Experiment:
    """Declares the random initialisation."""
    nonlinearity = domain.random_nonlinearity
    return methods.experiment(
        domain,
        "random",
        "random initialisation",
        0.0,
        description="A random initialisation, trained on each test goal alone by policy gradient steps.",
        learner=methods.learner(
            domain,
            policy=methods.policy(domain, nonlinearity=nonlinearity),
            # Nothing is trained, so the meta-optimizer does not matter.
            meta_optimizer=methods.trust_region(domain.max_kl, EXACT),
        ),
        training={"iterations": 0, "meta_batch": domain.meta_batch},
        tests=methods.test(domain, domain.random),
        readings={
            "text": text_of_rewards(domain)
            | ({"learner.policy.nonlinearity": "relu"} if nonlinearity != "relu" else {}),
            "code": {},
        },
        answers=methods.curve(domain, "random"),
        footnotes=(
            footnotes.UNSTATED,
            footnotes.ROLLOUTS,
            *((footnotes.RANDOM_TANH,) if nonlinearity != "relu" else ()),
            *((footnotes.FEBRUARY, footnotes.IGNORED_RATE) if domain in (CHEETAH_DIRECTION, ANT_DIRECTION) else ()),
            *footnotes.physics(domain),
        ),
    )


def oracle(domain: Domain) -> Experiment:
    """Declares the oracle."""
    return methods.experiment(
        domain,
        "oracle",
        "oracle",
        domain.minutes.oracle,
        description="One policy is trained on all tasks with the goal as part of the observation, and nothing adapts.",
        learner=methods.oracle(domain),
        training=methods.oracle_iterations(domain),
        tests=methods.test(domain, None),
        readings={"text": text_of_rewards(domain), "code": {}},
        answers=methods.curve(domain, "oracle", last=0),
        footnotes=(
            footnotes.UNSTATED,
            footnotes.ORACLE_FLAT,
            *footnotes.curvature(domain),
            *((footnotes.FEBRUARY,) if domain is CHEETAH_DIRECTION else ()),
            *footnotes.physics(domain),
        ),
    )


def oracle_with_exact_products(domain: Domain) -> Experiment:
    """Declares the oracle whose trust region multiplies by the Hessian exactly."""
    base = oracle(domain)
    return replace(
        base,
        id=f"{base.id}-exact-products",
        title=f"{base.title}, exact products with the Hessian",
        description="As the oracle, with products with the Hessian by automatic differentiation.",
        learner=base.learner | {"meta_optimizer": methods.trust_region(methods.MAX_KL, EXACT)},
        answers={},
        footnotes=tuple(footnotes.EXACT if each == footnotes.DIFFERENCES else each for each in base.footnotes),
    )


METHODS = (maml, context_vector, pretrained, random, oracle, first_order)
EXPERIMENTS = (
    *(method(domain) for domain in DOMAINS for method in METHODS),
    exact_surrogate(NAVIGATION),
    exact_surrogate(CHEETAH_DIRECTION),
    exact_products(NAVIGATION),
    exact_products(CHEETAH_DIRECTION),
    oracle_with_exact_products(NAVIGATION),
    oracle_with_exact_products(CHEETAH_DIRECTION),
    longer(CHEETAH_DIRECTION),
    *map(gymnasium, ROBOTS),
)
BY_ID = {experiment.id: experiment for experiment in EXPERIMENTS}


def of(domain: Domain, method: str) -> Experiment:
    """Returns the experiment of a method in a domain."""
    return BY_ID[f"{methods.FAMILY}/{domain.key}-{method}"]
