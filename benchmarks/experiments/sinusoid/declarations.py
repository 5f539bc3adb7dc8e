"""Regression on sinusoids (section 5.1; Table 2; Figures 2, 3, 6 and 7)."""

from dataclasses import replace
from typing import Any

from benchmarks.declaring.experiment import Experiment, Runtime
from benchmarks.declaring.settings import Settings, part, symbol
from benchmarks.metric_ids import StepMetric

STEPS = range(11)
SHOTS = (5, 10, 20)

NETWORK = part("maml_tf.MLP", inputs=1, hidden=(40, 40), outputs=1, standard_deviation=0.01)
ORACLE_NETWORK = NETWORK | {"inputs": 3}
ADAM = part("maml_tf.Adam", learning_rate=1e-3)
SQUARED_ERROR = symbol("maml_tf.squared_error")
TRAINING = {"iterations": 70_000, "meta_batch": 25, "chunk": 500}
TRAIN_TASKS = part("maml_tf.Sinusoid", shot=10, query=10)
PROTOCOL = {"tasks": 600, "steps": 10, "seed": 1}
TUNING = {
    "learning_rates": (0.001, 0.002, 0.005, 0.01, 0.02, 0.05),
    "protocol": {"tasks": 600, "steps": 10, "seed": 2},
}

DRAWING = ("benchmarks.experiments.sinusoid.drawing.pictures",)
LEFT_HALF, RIGHT_HALF = (-5.0, 0.0), (0.0, 5.0)


def tests(**more: Any) -> dict[str, Settings]:
    """Returns the meta-tests of Figure 6, and one with support in the left half of the range and queries in the right.

    Args:
        **more: Further settings of every test.
    """
    shots = {f"k-{k}": part("maml_tf.Sinusoid", shot=k, query=k) for k in SHOTS}
    half = part("maml_tf.Sinusoid", shot=10, query=10, support_inputs=LEFT_HALF, inputs=RIGHT_HALF)
    return {
        key: {"tasks": tasks, "protocol": PROTOCOL, **more} for key, tasks in (shots | {"unseen-half": half}).items()
    }


def pictures() -> dict[str, Settings]:
    """Returns the panels of Figures 2 and 7: support in the whole range, and in its left half."""
    whole = {f"k-{k}": part("maml_tf.Sinusoid", shot=k) for k in (5, 10)}
    half = {f"k-{k}-half": part("maml_tf.Sinusoid", shot=k, support_inputs=LEFT_HALF) for k in (5, 10)}
    return {key: {"tasks": tasks, "count": 4, "seed": 3, "steps": (0, 1, 10)} for key, tasks in (whole | half).items()}


def metric(shot: int, steps: int) -> str:
    """Returns the id of a metric: the error of the test with `shot` support points after a number of steps."""
    return str(StepMetric(f"k-{shot}", steps))


def curves(curve: str) -> dict[str, str]:
    """Returns the references of one curve of Figures 3 and 6, with the metrics that answer them."""
    figure_6 = {str(StepMetric(f"figure-6/k-{k}/{curve}", n)): metric(k, n) for k in SHOTS for n in STEPS}
    return figure_6 | {str(StepMetric(f"figure-3/{curve}", n)): metric(10, n) for n in STEPS}


def table_2(row: str) -> dict[str, str]:
    """Returns the references of one row of Table 2, with the metrics that answer them."""
    return {str(StepMetric(f"table-2/{row}", n)): metric(5, n) for n in (1, 5, 10)}


def panels(method: str) -> dict[str, str]:
    """Returns the references of one method in Figures 2 and 7, with the pictures that answer them."""
    return {f"figure-{figure}/{method}/k-{k}": f"picture/k-{k}" for figure in (2, 7) for k in (5, 10)}


SMOKE = {"training.iterations": 200, "tests.*.protocol.tasks": 50}
DESKTOP = {"training.iterations": 10_000}
TUNED = {"tests.*.tune.protocol.tasks": 50}
ALPHA = "learner.inner_loop.learning_rate"
RUNTIME = Runtime(operations="tiny", minutes={"smoke": 0.1, "desktop": 0.2, "paper": 0.8}, memory=0.9)
WITHOUT_INNER_LOOP = replace(RUNTIME, minutes={"smoke": 0.1, "desktop": 0.1, "paper": 0.2})
UNSTATED = (
    "The numbers of meta-iterations and tasks, the meta learning rate and the initialisation are taken from the "
    "authors' code, because the paper does not state them."
)

MAML = Experiment(
    id="sinusoid/maml",
    title="MAML on sinusoids",
    description=(
        "MAML is meta-trained with K = 10 and one inner step, and tested with K = 5, 10 and 20 and up to 10 steps. "
        "The paper's text and the authors' code disagree on the inner learning rate: 0.01 and 0.001."
    ),
    tasks=TRAIN_TASKS,
    learner=part(
        "maml_tf.MAML",
        network=NETWORK,
        loss=SQUARED_ERROR,
        inner_loop=part("maml_tf.InnerLoop", steps=1, learning_rate=0.001),
        meta_optimizer=ADAM,
    ),
    training=TRAINING,
    tests=tests(),
    score=SQUARED_ERROR,
    differences={
        "improvement-beyond-the-trained-step": ("k-5/1-step", "k-5/10-steps"),
        "improvement-in-the-unseen-half": ("unseen-half/0-steps", "unseen-half/10-steps"),
    },
    pictures=pictures(),
    extra_measurements=DRAWING,
    diverged_above=100.0,
    answers=table_2("maml")
    | curves("maml")
    | panels("maml")
    | {
        "claim/sinusoid-keeps-improving": "improvement-beyond-the-trained-step",
        "claim/sinusoid-infers-unseen-half": "improvement-in-the-unseen-half",
        "claim/parameters-sinusoid": "parameters",
    },
    readings={"text": {ALPHA: 0.01}, "code": {ALPHA: 0.001}},
    scales={"smoke": SMOKE, "desktop": DESKTOP, "paper": {}},
    seeds=10,
    footnotes=(UNSTATED,),
    runtime=RUNTIME,
)

FIRST_ORDER = Experiment(
    id="sinusoid/maml-first-order",
    title="First-order MAML on sinusoids",
    description="As sinusoid/maml, without second derivatives. The paper shows first-order MAML on MiniImagenet only.",
    tasks=TRAIN_TASKS,
    learner=MAML.learner | {"inner_loop": MAML.learner["inner_loop"] | {"first_order": True}},
    training=TRAINING,
    tests=tests(),
    score=SQUARED_ERROR,
    diverged_above=100.0,
    answers={},
    readings=MAML.readings,
    scales=MAML.scales,
    footnotes=(UNSTATED, "The paper has no number for first-order MAML on sinusoids."),
    runtime=RUNTIME,
)

PRETRAINED = Experiment(
    id="sinusoid/pretrained",
    title="Pretraining on sinusoids",
    description=(
        "One network is trained on the support points of all tasks, then fine-tuned on each test task. According to "
        "the text, the learning rate of fine-tuning is tuned: here for each K, on 600 other tasks. In the code it is "
        "an option, set here to 0.01, since the value that the authors used is not recorded."
    ),
    tasks=TRAIN_TASKS,
    learner=part(
        "maml_tf.Pretrain",
        network=NETWORK,
        loss=SQUARED_ERROR,
        inner_loop=part("maml_tf.InnerLoop", steps=1, learning_rate=0.01),
        meta_optimizer=ADAM,
    ),
    training=TRAINING,
    tests=tests(tune=None),
    score=SQUARED_ERROR,
    pictures=pictures(),
    extra_measurements=DRAWING,
    diverged_above=100.0,
    answers=table_2("pretrained") | curves("pretrained") | panels("pretrained"),
    readings={"text": {"tests.*.tune": TUNING}, "code": {}},
    primary="text",
    scales={"smoke": SMOKE, "desktop": DESKTOP, "paper": {}},
    seeds=10,
    footnotes=(UNSTATED,),
    runtime=WITHOUT_INNER_LOOP,
)

ORACLE = Experiment(
    id="sinusoid/oracle",
    title="Oracle on sinusoids",
    description=(
        "The network receives the amplitude and the phase of the sine wave as inputs, and nothing adapts. "
        "It is the upper bound in Figures 3 and 6."
    ),
    tasks=TRAIN_TASKS,
    learner=part("maml_tf.Oracle", network=ORACLE_NETWORK, loss=SQUARED_ERROR, meta_optimizer=ADAM),
    training=TRAINING,
    tests=tests(),
    score=SQUARED_ERROR,
    diverged_above=100.0,
    answers=curves("oracle"),
    scales={"smoke": SMOKE, "desktop": DESKTOP, "paper": {}},
    footnotes=(UNSTATED,),
    runtime=WITHOUT_INNER_LOOP,
)

RANDOM = Experiment(
    id="sinusoid/random-initialisation",
    title="Random initialisation on sinusoids",
    description="A random initialisation, fine-tuned with a tuned learning rate: what adaptation alone achieves.",
    tasks=TRAIN_TASKS,
    learner=PRETRAINED.learner,
    training=TRAINING | {"iterations": 0},
    tests=tests(tune=TUNING),
    score=SQUARED_ERROR,
    diverged_above=100.0,
    answers={},
    scales={"smoke": {"tests.*.protocol.tasks": 50} | TUNED, "desktop": {}, "paper": {}},
    footnotes=("The paper has no number for a random initialisation on sinusoids.",),
    runtime=WITHOUT_INNER_LOOP,
)


def multi_task(row: str, regularization: str, strength: float) -> Experiment:
    """Declares one of the three multi-task rows of Table 2.

    Args:
        row: The row in the ids of its references, and second half of the experiment's id.
        regularization: What the networks are regularised towards, as `maml_tf.MultiTask` names it.
        strength: Weight of the regularisation.
    """
    return Experiment(
        id=f"sinusoid/{row}",
        title=f"Multi-task baseline on sinusoids, regularisation: {regularization}",
        description=(
            "500 networks are trained one after another, each on one sinusoid with many points, from an initialisation "
            "of its own. Their average is fine-tuned with a tuned learning rate (appendix C.1)."
        ),
        tasks=part("maml_tf.Sinusoid", shot=100, query=1),
        learner=part(
            "maml_tf.MultiTask",
            network=NETWORK,
            loss=SQUARED_ERROR,
            inner_loop=part("maml_tf.InnerLoop", steps=1, learning_rate=0.01),
            meta_optimizer=ADAM | {"learning_rate": 3e-3},
            fit_steps=4000,
            regularization=regularization,
            strength=strength,
        ),
        training={"iterations": 500, "meta_batch": 1, "chunk": 1},
        tests=tests(tune=TUNING),
        score=SQUARED_ERROR,
        diverged_above=100.0,
        answers=table_2(row),
        scales={
            "smoke": {"training.iterations": 10, "learner.fit_steps": 100, "tests.*.protocol.tasks": 50} | TUNED,
            "desktop": {"training.iterations": 50},
            "paper": {},
        },
        footnotes=(
            "The paper states neither the number of points per task (100 here), nor the number of steps (4,000) and "
            "their learning rate, nor the strength of the regularisation, for which the largest power of ten was taken "
            "that left the fits as good as without it.",
        ),
        runtime=replace(RUNTIME, minutes={"smoke": 0.1, "desktop": 0.3, "paper": 2.7}),
    )


EXPERIMENTS = (
    MAML,
    FIRST_ORDER,
    PRETRAINED,
    ORACLE,
    RANDOM,
    multi_task("multi-task-no-regularisation", "none", 0.0),
    multi_task("multi-task-l2-regularisation", "l2", 1e-3),
    multi_task("multi-task-mean-regularisation", "mean", 1e-2),
)
