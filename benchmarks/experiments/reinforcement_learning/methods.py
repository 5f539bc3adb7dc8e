"""The methods of section 5.3 and appendix C.2: what each one trains, and how it is tested."""

from typing import Any

from benchmarks.declaring.experiment import Experiment, Runtime
from benchmarks.declaring.settings import Settings, part
from benchmarks.experiments.reinforcement_learning.domains import EXACT, PRETRAINING_GOALS, TEST_TASKS, Domain, Rates
from benchmarks.metric_ids import StepMetric

FAMILY = "reinforcement-learning"
TEST = "goals"
CONTEXT = 5
ORACLE_TIME_STEPS_NAVIGATION = 1000
MAX_KL = 0.01
BASELINE = part("maml_tf.rl.LinearFeatureBaseline", ridge=1e-5)
VALIDATION_EVERY = 25
PATHS = ("benchmarks.experiments.reinforcement_learning.paths.pictures",)
# The goal of Figure 4 (bottom), (-0.2956, 0.3781), by its position among the authors' test goals.
DRAWN_GOAL = 6


def metric(steps: int) -> str:
    """Returns the id of a metric: the average return after a number of gradient steps."""
    return str(StepMetric(TEST, steps))


def curve(domain: Domain, method: str, last: int | None = None) -> dict[str, str]:
    """Returns the references of a curve in the figure of a domain, with the metrics that answer them."""
    steps = range((domain.steps if last is None else last) + 1)
    return {str(StepMetric(f"{domain.panel}/{method}", n)): metric(n) for n in steps}


def table(domain: Domain, row: str) -> dict[str, str]:
    """Returns the references of a row in the table of a domain, if it has one, with the metrics that answer them."""
    return {str(StepMetric(f"{domain.table}/{row}", n)): metric(n) for n in range(4)} if domain.table else {}


def policy(domain: Domain, **changes: Any) -> Settings:
    """Declares the policy of section 5.3: two hidden layers of 100 units, and a standard deviation of its own."""
    sizes = {"observation_size": domain.observation_size, "action_size": domain.action_size}
    settings = {**sizes, "hidden": (100, 100), "nonlinearity": "relu", "context": 0, **changes}
    return part("maml_tf.rl.GaussianPolicy", **settings)


def trust_region(max_kl: float, curvature: str) -> Settings:
    """Declares TRPO with the settings of the authors' `conjugate_gradient_optimizer.py`."""
    steps = {"conjugate_gradient_steps": 10, "damping": 1e-5, "backtracks": 15, "backtrack_ratio": 0.8}
    product = {} if curvature == EXACT else {"curvature": curvature}
    return part("maml_tf.rl.TRPO", max_kl=max_kl, **steps, **product)


def inner_loop(domain: Domain, **changes: Any) -> Settings:
    """Declares the inner loop of meta-training: one step."""
    return part("maml_tf.InnerLoop", **{"steps": 1, "learning_rate": domain.alpha, **changes})


def learner(domain: Domain, **changes: Any) -> Settings:
    """Declares MAML for policies (algorithm 3) as the authors' `maml_trpo.py` computes it."""
    settings = {
        "environment": domain.environment,
        "policy": policy(domain),
        "inner_loop": inner_loop(domain),
        "rollouts": domain.rollouts,
        "budget": "time steps",
        "discount": 0.99,
        "gae_lambda": 1.0,
        "baseline": BASELINE,
        "surrogate": "authors",
        "meta_optimizer": trust_region(domain.max_kl, domain.curvature),
        **changes,
    }
    return part("maml_tf.rl.PolicyMAML", **settings)


def pretraining(domain: Domain, **changes: Any) -> Settings:
    """Declares one policy for all tasks, each rollout with a goal of its own (authors' `cluster_trpo_*.py`).

    In 2D navigation it is the authors' MAML script without MAML: Adam, on 20 rollouts of each task of a meta-batch.
    """
    settings = {
        "environment": domain.environment,
        "policy": policy(domain),
        "inner_loop": inner_loop(domain),
        "rollouts": 1 if domain.physics else domain.rollouts,
        "budget": "time steps",
        "pooled": domain.physics,
        "discount": 0.99,
        "gae_lambda": 1.0,
        "baseline": BASELINE,
        "surrogate": "authors",
        "meta_optimizer": trust_region(MAX_KL, domain.curvature)
        if domain.physics
        else part("maml_tf.Adam", learning_rate=1e-3),
        **changes,
    }
    return part("maml_tf.rl.PolicyPretraining", **settings)


def pretraining_iterations(domain: Domain) -> Settings:
    """Declares how long to pretrain, and on how many goals in an iteration."""
    goals = PRETRAINING_GOALS if domain.physics else domain.meta_batch
    return {"iterations": domain.iterations.pretrained, "meta_batch": goals}


def oracle(domain: Domain) -> Settings:
    """Declares one policy that sees the goal (authors' `cluster_trpo_*.py`, `trpo_point.py`).

    In 2D navigation each rollout has a goal of its own, and as many of them count as have 1,000 time steps.
    """
    budget = {} if domain.physics else {"budget": "rollouts", "time_steps": ORACLE_TIME_STEPS_NAVIGATION}
    return pretraining(
        domain,
        environment=domain.environment | {"oracle": True},
        policy=policy(domain, observation_size=domain.observation_size + domain.goal_size),
        rollouts=1,
        pooled=True,
        meta_optimizer=trust_region(MAX_KL, domain.curvature),
        **budget,
    )


def oracle_iterations(domain: Domain) -> Settings:
    """Declares how long to train the oracle, and on how many goals in an iteration."""
    return {"iterations": domain.iterations.oracle, "meta_batch": PRETRAINING_GOALS}


def rates(domain: Domain, chosen: Rates) -> Settings:
    """Declares the learning rates of the gradient steps at the meta-test."""
    return part("maml_tf.Rates", values=(chosen.first, *(domain.steps - 1) * (chosen.later,)), by_step=True)


def test(domain: Domain, chosen: Rates | None, **changes: Any) -> dict[str, Settings]:
    """Declares the meta-test on the authors' goals; without learning rates, no step is taken."""
    steps = domain.steps if chosen else 0
    tested: Settings = {"rollouts": domain.test_rollouts}
    if chosen:
        tested["inner_loop.learning_rate"] = rates(domain, chosen)
    protocol = {"tasks": TEST_TASKS, "steps": steps, "seed": 1, "batch": TEST_TASKS}
    return {TEST: {"tasks": domain.test_goals, "protocol": protocol, "learner": tested, **changes}}


def validation(domain: Domain) -> Settings:
    """Declares the choice of the best meta-iteration, on goals of its own."""
    protocol = {"tasks": TEST_TASKS, "steps": 1, "seed": 2, "batch": TEST_TASKS}
    return {"tasks": domain.goals, "protocol": protocol, "every": VALIDATION_EVERY}


DESKTOP_ITERATIONS, DESKTOP_META_BATCH = 20, 10
SMOKE = {
    "training.meta_batch": 2,
    "learner.rollouts": 2,
    f"tests.{TEST}.protocol.tasks": 2,
    f"tests.{TEST}.learner.rollouts": 2,
}


def experiment(domain: Domain, method: str, title: str, minutes: float, **declared: Any) -> Experiment:
    """Declares an experiment with what all methods share.

    Args:
        domain: The domain.
        method: Second half of the id, after the domain.
        title: The method in words.
        minutes: Expected minutes of meta-training at the paper's scale, for one seed.
        **declared: Further attributes of `Experiment`; `smoke` and `desktop` are more changes at these scales.
    """
    training = {"chunk": 1, **declared.pop("training")}
    smoke = {**SMOKE, **unpinned(domain), **declared.pop("smoke", {})}
    desktop = declared.pop("desktop", {})
    reduced = 0.0
    if training["iterations"]:
        smoke["training.iterations"] = 2
        desktop = {"training.iterations": DESKTOP_ITERATIONS, "training.meta_batch": DESKTOP_META_BATCH, **desktop}
        reduced = DESKTOP_ITERATIONS / training["iterations"] * DESKTOP_META_BATCH / training["meta_batch"]
    costs = {"desktop": round(domain.minutes.test + reduced * minutes, 1), "paper": domain.minutes.test + minutes}
    return Experiment(
        id=f"{FAMILY}/{domain.key}-{method}",
        title=f"{domain.title}: {title}",
        tasks=declared.pop("tasks", domain.goals),
        training=training,
        score=None,
        better="higher",
        scales={"smoke": smoke, "desktop": desktop, "paper": {}},
        seeds=domain.seeds,
        extra=domain.extra,
        paired_tests=(TEST,),
        runtime=Runtime(operations="small", minutes={"smoke": 0.2, **costs}, memory=1.5 if domain.physics else 0.8),
        **declared,
    )


def unpinned(domain: Domain) -> Settings:
    """Returns the change that lets reduced runs use any version of MuJoCo."""
    return {"learner.environment.mujoco": None} if domain.physics else {}
