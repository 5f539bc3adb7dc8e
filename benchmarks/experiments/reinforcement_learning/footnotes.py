"""Every known deviation of these experiments from the paper and from the authors' code."""

from benchmarks.experiments.reinforcement_learning import domains
from benchmarks.experiments.reinforcement_learning.domains import MUJOCO, Domain

UNSTATED = (
    "Discount, advantages, the baseline's features and the bound on the KL divergence are taken from the authors' "
    "code, because the paper does not state them."
)
ROLLOUTS = (
    "As in the authors' sampler, whole episodes are collected until they have as many time steps as that number of "
    "full ones, so tasks whose episodes end early yield more rollouts than the paper states."
)
PICKED = (
    "The authors' number of meta-iterations is that of the checkpoint in the scripts that test their policies; the "
    "paper says that the best of up to 500 was kept. The text reading keeps the best of every 25 meta-iterations, by "
    "the average return on goals of its own."
)
EXACT = (
    "Products with the Hessian of the trust region are exact. The authors took symmetric differences of the gradient, "
    "over so large a distance that they are no derivative; oracles learn faster with these."
)
DIFFERENCES = (
    "Products with the Hessian of the trust region are symmetric differences of the gradient, as in the authors' "
    "program. Their class has a size of 1e-8 for these differences, but receives another setting, 1, in its place. So "
    "large a change of the parameters is no derivative; the product differs from that with the Hessian."
)
CONTEXT_SIZE = (
    "The paper does not state the size of the context vector; 5 values are used, as for its supervised baseline."
)
LONGER = (
    "The authors' checkpoint is from meta-iteration 100 of up to 800. This variant goes on, and shows how much of the "
    "distance from the printed returns is training that has not ended."
)
NOT_IN_PAPER = "The paper has no such experiment."
FIRST_ORDER = "The paper shows first-order MAML on MiniImagenet only."
SURROGATE = (
    "Derivatives of the authors' surrogate lack terms of the Hessian; this variant keeps those within a time step "
    "(Rothfuss et al. 2019, arXiv:1810.06784)."
)
DYNAMICS = (
    "Not comparable with the paper: the models and the duration of a time step are those of Gymnasium's environments, "
    "which take five steps of the simulator for each action where the authors' take one."
)
RANDOM_TANH = "The authors' script leaves the default nonlinearity of the random policy, tanh, in place."
FEBRUARY = (
    "The authors' curve is from February 2017, before the last changes to their environments, and was not repeated."
)
IGNORED_RATE = (
    "The optimizer of the program of February 2017 (cbfinn/maml_rl at 7fe27d7) uses the rate of the later steps in the "
    "first step, too. The curve may have been made so; ours has the first rate of the script."
)
KEPT_GOALS = (
    "The authors' script steps 100 copies of the environment, each of which keeps its first goal for all of the "
    "training. The text reading draws new goals in each iteration."
)
ORACLE_FLAT = "The figure draws the oracle as a flat line: it takes no gradient steps."


def curvature(domain: Domain) -> tuple[str, ...]:
    """Returns the footnote on the products with the Hessian."""
    return (EXACT if domain.curvature == domains.EXACT else DIFFERENCES,)


def algorithm(domain: Domain) -> tuple[str, ...]:
    """Returns the footnotes on algorithm 3."""
    return (UNSTATED, ROLLOUTS, *curvature(domain))


def physics(domain: Domain) -> tuple[str, ...]:
    """Returns the footnote on the simulator, for the domains with robots."""
    if not domain.physics:
        return ()
    return (
        f"Simulated with MuJoCo {MUJOCO}; the authors used a version from before 2017 (mujoco-py 0.5, MuJoCo 1.3).",
    )
