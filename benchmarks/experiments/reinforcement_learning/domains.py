"""The five domains of section 5.3, with the numbers of the authors' scripts (`cbfinn/maml_rl`, folder `maml_examples`).

Where text and code of the paper disagree, these are the numbers of the code. `declarations.py` has those of the text.
"""

from dataclasses import dataclass, field

from benchmarks.declaring.extra import Extra
from benchmarks.declaring.settings import Settings, part

MUJOCO = "4.0.0"
EXACT, DIFFERENCES = "exact", "symmetric differences"
PHYSICS = Extra(name="rl", modules=("gymnasium", "mujoco"))
TEST_TASKS = 40
PRETRAINING_GOALS = 100


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Learning rates of gradient steps at the meta-test.

    Attributes:
        first: Learning rate of the first step.
        later: Learning rate of every later step.
    """

    first: float
    later: float


@dataclass(frozen=True, kw_only=True)
class Iterations:
    """Numbers of meta-iterations.

    Attributes:
        maml: MAML: the iteration of the checkpoint behind the figures.
        pretrained: Pretraining.
        oracle: The oracle.
    """

    maml: int
    pretrained: int
    oracle: int


@dataclass(frozen=True, kw_only=True)
class Minutes:
    """Expected minutes of one seed on two cores at the paper's scale."""

    maml: float
    pretrained: float
    oracle: float
    test: float


@dataclass(frozen=True, kw_only=True)
class Domain:
    """An environment with a distribution over goals, and how policies are trained and tested on it.

    Attributes:
        key: The domain in the ids of experiments.
        title: The domain in titles.
        panel: First part of the ids of the references in its figure.
        table: First part of the ids of the references in its table; None if the paper has no table.
        environment: The environment.
        observation_size: Number of values of an observation without the goal.
        action_size: Number of values of an action.
        goal_size: Number of values of a goal.
        goals: The meta-training distribution.
        pretraining_goals: The goals of pretraining if they are others.
        test_goals: The authors' 40 goals.
        steps: Number of gradient steps at the meta-test.
        alpha: The inner learning rate of meta-training.
        maml: Learning rates at the meta-test of MAML.
        fine_tuning: Learning rates at the meta-test of the pretrained policy.
        random: Learning rates at the meta-test of the random initialisation.
        rollouts: Rollouts for each update in meta-training.
        test_rollouts: Rollouts for each update at the meta-test.
        meta_batch: Tasks in a meta-iteration.
        max_kl: Bound on the KL divergence in MAML's meta-update.
        curvature: How TRPO multiplies by the Hessian, see `maml_tf.rl.TRPO`. The authors used symmetric differences;
            domains that were measured before this was known have exact products.
        iterations: Numbers of meta-iterations.
        random_nonlinearity: Nonlinearity of the random initialisation.
        seeds: Number of seeds that an accepted baseline should have.
        minutes: Expected minutes of one seed.
        extra: Optional packages, if any.
        physics: Whether MuJoCo simulates the environment.
    """

    key: str
    title: str
    panel: str
    table: str | None = None
    environment: Settings
    observation_size: int
    action_size: int
    goal_size: int = 1
    goals: Settings
    pretraining_goals: Settings | None = None
    test_goals: Settings
    steps: int = 3
    alpha: float = 0.1
    maml: Rates = field(default_factory=lambda: Rates(first=0.1, later=0.05))
    fine_tuning: Rates
    random: Rates
    rollouts: int = 20
    test_rollouts: int = 20
    meta_batch: int = 40
    max_kl: float = 0.01
    curvature: str = DIFFERENCES
    iterations: Iterations
    random_nonlinearity: str = "relu"
    seeds: int
    minutes: Minutes
    extra: Extra | None = PHYSICS

    @property
    def physics(self) -> bool:
        """Whether MuJoCo simulates the environment."""
        return self.extra is not None


def _robot(name: str) -> Settings:
    return part(f"maml_tf.rl.{name}", oracle=False, dynamics="authors", mujoco=MUJOCO)


def _test_goals(low: float, high: float, *, size: int = 1, directions: bool = False, numpy_seed: int = 1) -> Settings:
    settings = {"low": low, "high": high, "size": size, "directions": directions, "numpy_seed": numpy_seed}
    return part("maml_tf.rl.AuthorsTestGoals", **settings)


def _kept(goals: Settings) -> Settings:
    """Declares the goals of pretraining: each of the 100 copies of an environment keeps its first one."""
    return part("maml_tf.rl.FixedGoals", goals=goals, count=PRETRAINING_GOALS)


CHEETAH_VELOCITIES = part("maml_tf.rl.UniformGoals", low=0.0, high=2.0, size=1)
ANT_VELOCITIES = part("maml_tf.rl.UniformGoals", low=0.0, high=3.0, size=1)
# The environments of February 2017, with which the policies of both forward and backward panels were pretrained.
FEBRUARY_DIRECTIONS = part("maml_tf.rl.ThresholdDirections", low=0.1, high=0.8, threshold=0.4)
NAVIGATION = Domain(
    key="navigation",
    title="2D navigation",
    panel="figure-4",
    table="table-4",
    environment=part("maml_tf.rl.PointNavigation", oracle=False, reward="distance"),
    observation_size=2,
    action_size=2,
    goal_size=2,
    goals=part("maml_tf.rl.UniformGoals", low=-0.5, high=0.5, size=2),
    test_goals=_test_goals(-0.5, 0.5, size=2),
    steps=4,
    alpha=0.5,
    maml=Rates(first=0.5, later=0.25),
    fine_tuning=Rates(first=0.5, later=0.25),
    random=Rates(first=0.5, later=0.25),
    test_rollouts=40,
    meta_batch=20,
    iterations=Iterations(maml=100, pretrained=100, oracle=100),
    random_nonlinearity="tanh",
    seeds=3,
    minutes=Minutes(maml=5, pretrained=0.3, oracle=0.2, test=0.2),
    extra=None,
)

CHEETAH_DIRECTION = Domain(
    key="cheetah-direction",
    title="Half-cheetah, forward and backward",
    panel="figure-5/cheetah-direction",
    table="table-5",
    environment=_robot("HalfCheetahDirection"),
    observation_size=20,
    action_size=6,
    goals=part("maml_tf.rl.DirectionGoals"),
    pretraining_goals=_kept(FEBRUARY_DIRECTIONS),
    test_goals=_test_goals(0.0, 2.0, directions=True),
    fine_tuning=Rates(first=0.2, later=0.1),
    random=Rates(first=1.0, later=0.5),
    max_kl=0.02,
    # Pretraining and oracle: 500, after which the script of February 2017 kept its last policy.
    iterations=Iterations(maml=100, pretrained=500, oracle=500),
    seeds=3,
    minutes=Minutes(maml=29, pretrained=11, oracle=10, test=1),
)

CHEETAH_VELOCITY = Domain(
    key="cheetah-velocity",
    title="Half-cheetah, goal velocity",
    panel="figure-5/cheetah-velocity",
    environment=_robot("HalfCheetahVelocity"),
    observation_size=20,
    action_size=6,
    goals=CHEETAH_VELOCITIES,
    pretraining_goals=_kept(CHEETAH_VELOCITIES),
    test_goals=_test_goals(0.0, 2.0),
    fine_tuning=Rates(first=0.02, later=0.01),
    random=Rates(first=0.1, later=0.05),
    rollouts=10,
    curvature=EXACT,
    iterations=Iterations(maml=475, pretrained=475, oracle=975),
    seeds=2,
    minutes=Minutes(maml=60, pretrained=15, oracle=25, test=1),
)

ANT_VELOCITY = Domain(
    key="ant-velocity",
    title="Ant, goal velocity",
    panel="figure-5/ant-velocity",
    environment=_robot("AntVelocity"),
    observation_size=125,
    action_size=8,
    goals=ANT_VELOCITIES,
    pretraining_goals=_kept(ANT_VELOCITIES),
    test_goals=_test_goals(0.0, 3.0),
    fine_tuning=Rates(first=0.2, later=0.1),
    random=Rates(first=1.0, later=0.5),
    curvature=EXACT,
    iterations=Iterations(maml=375, pretrained=575, oracle=550),
    seeds=1,
    minutes=Minutes(maml=180, pretrained=30, oracle=30, test=1),
)

ANT_DIRECTION = Domain(
    key="ant-direction",
    title="Ant, forward and backward",
    panel="figure-5/ant-direction",
    environment=_robot("AntDirection"),
    observation_size=125,
    action_size=8,
    goals=part("maml_tf.rl.DirectionGoals"),
    pretraining_goals=_kept(FEBRUARY_DIRECTIONS),
    test_goals=_test_goals(0.0, 3.0, directions=True, numpy_seed=2),
    maml=Rates(first=0.1, later=0.001),
    fine_tuning=Rates(first=0.2, later=0.1),
    random=Rates(first=1.0, later=0.5),
    rollouts=40,
    test_rollouts=40,
    # Pretraining: 1,000, after which the script of February 2017 kept its last policy.
    iterations=Iterations(maml=575, pretrained=1000, oracle=1975),
    seeds=1,
    minutes=Minutes(maml=500, pretrained=50, oracle=100, test=2),
)

DOMAINS = (NAVIGATION, CHEETAH_DIRECTION, CHEETAH_VELOCITY, ANT_VELOCITY, ANT_DIRECTION)
ROBOTS = DOMAINS[1:]
