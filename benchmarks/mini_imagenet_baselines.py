"""The baselines of Table 1 (bottom): joint training on all classes, then nearest neighbour or fine-tuning.

The paper copies their numbers from Ravi and Larochelle 2017, whose program (twitter-research/meta-learning-lstm)
is the source of these settings.
"""

from benchmarks import mini_imagenet
from benchmarks.experiment import Experiment, Runtime
from benchmarks.few_shot import ACCURACY, NORMALIZATION, few_shot, smaller_tests
from benchmarks.overrides import Settings
from benchmarks.part import part, symbol

CLASSES = 64
LOSS = symbol("maml_tf.softmax_cross_entropy")
LEARNING_RATES = (0.5, 0.1, 0.01, 1e-3, 1e-4, 1e-5)
FINE_TUNING_STEPS = 15


def network(outputs: int) -> Settings:
    """The network of that program: 64 filters, and running averages at meta-test."""
    normalization = NORMALIZATION | {"statistics": "running averages"}
    return mini_imagenet.NETWORK | {"filters": 64, "outputs": outputs, "normalization": normalization}


def tasks(split: str, shot: int) -> Settings:
    """Tasks of 5 classes with 15 query images each."""
    images = mini_imagenet.IMAGES | {"split": split}
    return few_shot(images, ways=5, shot=shot, query=15, rotations=False)


def nearest_neighbour(shot: int) -> Settings:
    """Each query image gets the class of the support image whose features are nearest by angle."""
    return {
        "tasks": tasks("test", shot),
        "protocol": {"tasks": 600, "steps": 0, "after": None, "seed": 1, "batch": 5},
        "learner": part("maml_tf.NearestNeighbour", network=network(CLASSES), distance="cosine"),
    }


def fine_tuning(shot: int) -> Settings:
    """All layers go on learning, the last one anew."""
    inner_loop = part(
        "maml_tf.InnerLoop",
        steps=FINE_TUNING_STEPS,
        learning_rate=LEARNING_RATES[1],
        loss_scale="mean",
        keeps=("mean", "variance"),
    )
    return {
        "tasks": tasks("test", shot),
        "protocol": {"tasks": 600, "steps": FINE_TUNING_STEPS, "after": (FINE_TUNING_STEPS,), "seed": 1, "batch": 5},
        "learner": part("maml_tf.FineTuning", network=network(5), loss=LOSS, inner_loop=inner_loop),
        "tune": {
            "tasks": tasks("validation", shot),
            "protocol": {
                "tasks": 100,
                "steps": FINE_TUNING_STEPS,
                "after": (FINE_TUNING_STEPS,),
                "seed": 3,
                "batch": 5,
            },
            "learning_rates": LEARNING_RATES,
            "better": "higher",
        },
    }


BASELINES = Experiment(
    id="mini-imagenet/baselines",
    title="Nearest neighbour and fine-tuning, MiniImagenet 5-way",
    description=(
        "One network learns to tell all 64 meta-training classes apart (30,000 batches of 64 images). At meta-test its "
        "features serve a nearest-neighbour classifier, and its weights are where fine-tuning starts."
    ),
    tasks=part("maml_tf.LabelledImages", images=mini_imagenet.IMAGES, batch=64),
    learner=part(
        "maml_tf.Classifier",
        network=network(CLASSES),
        loss=LOSS,
        meta_optimizer=part("maml_tf.Adam", learning_rate=1e-3, clip=None),
    ),
    training={"iterations": 30_000, "meta_batch": 1, "chunk": 10, "unroll": 1},
    tests={
        "nearest-neighbour-1-shot": nearest_neighbour(1),
        "nearest-neighbour-5-shot": nearest_neighbour(5),
        "fine-tuning-1-shot": fine_tuning(1),
        "fine-tuning-5-shot": fine_tuning(5),
    },
    score=ACCURACY,
    better="higher",
    answers={
        "table-1/nearest-neighbour-baseline/mini-imagenet-5-way-1-shot": "nearest-neighbour-1-shot/0-steps",
        "table-1/nearest-neighbour-baseline/mini-imagenet-5-way-5-shot": "nearest-neighbour-5-shot/0-steps",
        "table-1/fine-tuning-baseline/mini-imagenet-5-way-1-shot": "fine-tuning-1-shot/15-steps",
        "table-1/fine-tuning-baseline/mini-imagenet-5-way-5-shot": "fine-tuning-5-shot/15-steps",
    },
    scales={
        "smoke": {
            "training.iterations": 2,
            "training.chunk": 1,
            "tests.*.tune.protocol.tasks": 2,
            "tests.*.tune.learning_rates": (0.1,),
            **smaller_tests(2),
        },
        "desktop": {
            "training.iterations": 600,
            "tests.*.tune.protocol.tasks": 10,
            "tests.*.tune.learning_rates": (0.1, 0.01),
            **smaller_tests(100),
        },
        "paper": {},
    },
    seeds=1,
    needs=("mini_imagenet",),
    footnotes=(
        "The cited program draws a scale for batch normalisation and searches learning-rate decays; ours has no scale "
        "and constant rates, which are among its candidates.",
        "The new last layer is drawn once and shared by all tasks, as in the cited program.",
    ),
    runtime=Runtime(operations="large", minutes={"smoke": 2, "desktop": 25, "paper": 1500}, memory=5.0),
)

EXPERIMENTS = (BASELINES,)
