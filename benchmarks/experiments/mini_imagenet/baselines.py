"""The baselines of Table 1 (bottom): a network trained on all classes, then nearest neighbour or fine-tuning.

The paper copies their numbers from Ravi and Larochelle 2017. The settings come from their program,
twitter-research/meta-learning-lstm.
"""

from benchmarks.declaring.experiment import Experiment, Runtime
from benchmarks.declaring.settings import Settings, part, symbol
from benchmarks.experiments.few_shot import ACCURACY, NORMALIZATION, few_shot, smaller_tests
from benchmarks.experiments.mini_imagenet import maml as mini_imagenet

CLASSES = 64
LOSS = symbol("maml_tf.softmax_cross_entropy")
LEARNING_RATES = (0.5, 0.1, 0.01, 1e-3, 1e-4, 1e-5)
FINE_TUNING_STEPS = 15


def network(outputs: int) -> Settings:
    """Declares the network of their program, with 64 filters and running averages at meta-test."""
    normalization = NORMALIZATION | {"statistics": "running averages"}
    return mini_imagenet.NETWORK | {"filters": 64, "outputs": outputs, "normalization": normalization}


def tasks(split: str, shot: int) -> Settings:
    """Declares 5-way tasks with 15 query images per class."""
    images = mini_imagenet.IMAGES | {"split": split}
    return few_shot(images, ways=5, shot=shot, query=15, rotations=False)


def nearest_neighbour(shot: int) -> Settings:
    """Declares a test that gives a query image the class of the support image with the most similar features."""
    return {
        "tasks": tasks("test", shot),
        "protocol": {"tasks": 600, "steps": 0, "after": None, "seed": 1, "batch": 5},
        "learner": part("maml_tf.NearestNeighbour", network=network(CLASSES), distance="cosine"),
    }


def fine_tuning(shot: int) -> Settings:
    """Declares a test that fine-tunes all layers, the last one from a new initialisation."""
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
        "One network is trained to classify all 64 meta-training classes (30,000 batches of 64 images). At meta-test "
        "its features are used by a nearest-neighbour classifier, and its weights are fine-tuned on each task."
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
        "The program of Ravi and Larochelle initialises a scale of batch normalisation at random and searches over "
        "decays of the learning rate. Ours has no scale and a constant learning rate, which that program also tries.",
        "All tasks start from the same random initialisation of the last layer, as in that program.",
    ),
    runtime=Runtime(operations="large", minutes={"smoke": 2, "desktop": 25, "paper": 1500}, memory=5.0),
)

EXPERIMENTS = (BASELINES,)
