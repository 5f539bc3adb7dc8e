"""What the paper's text says otherwise than the authors' code, as changes of settings by dotted path."""

from typing import Any

from benchmarks.experiments.reinforcement_learning import methods
from benchmarks.experiments.reinforcement_learning.domains import CHEETAH_VELOCITY, NAVIGATION, Domain, Rates
from benchmarks.experiments.reinforcement_learning.methods import TEST

PAPER_RATES = Rates(first=0.1, later=0.05)
SQUARED = {"learner.environment.reward": "squared distance"}


def text_of_maml(domain: Domain) -> dict[str, Any]:
    """Returns what the paper's text says otherwise about MAML: its learning rates, rollouts and reward (A.2, 5.3)."""
    changes: dict[str, Any] = {"learner.inner_loop.learning_rate": 0.1} if domain.alpha != PAPER_RATES.first else {}
    if domain.maml != PAPER_RATES:
        changes[f"tests.{TEST}.learner"] = methods.test(domain, PAPER_RATES)[TEST]["learner"]
    if domain is CHEETAH_VELOCITY:
        changes["learner.rollouts"] = 20
    return changes | text_of_rewards(domain)


def text_of_rewards(domain: Domain) -> dict[str, Any]:
    """Returns the settings of rewards that differ in the paper's text. In 2D navigation, they are squared distances."""
    return SQUARED if domain is NAVIGATION else {}


def text_of_pretraining(domain: Domain) -> dict[str, Any]:
    """Returns what the paper's text says otherwise about pretraining: it is on the same tasks as MAML."""
    tasks = {"tasks": domain.goals} if domain.pretraining_goals else {}
    return tasks | text_of_rewards(domain)
