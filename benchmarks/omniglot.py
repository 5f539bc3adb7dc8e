"""Omniglot: section 5.2, Table 1 (top)."""

from benchmarks.experiment import Experiment, Runtime
from benchmarks.part import part, symbol

NETWORK = part(
    "maml_tf.MLP",
    inputs=28 * 28,
    hidden=(256, 128, 64, 64),
    outputs=5,
    normalization=part("maml_tf.BatchNormalization", statistics="batch at hand", epsilon=1e-3),
    standard_deviation=0.01,
)
DATA = part("maml_tf.tasks.omniglot_images", split="train", reading="code")
TASKS = part("maml_tf.FewShotImages", images=DATA, ways=5, shot=1, query=1, rotations=True)

NO_CONV_5_WAY_1_SHOT = Experiment(
    id="omniglot/no-conv-5-way-1-shot",
    title="MAML without convolutions, Omniglot 5-way 1-shot",
    description=(
        "Fully connected layers of 256, 128, 64 and 64 units with batch normalisation, one inner step of 0.4 in "
        "meta-training and three at meta-test (appendix A.1)."
    ),
    tasks=TASKS,
    learner=part(
        "maml_tf.MAML",
        network=NETWORK,
        loss=symbol("maml_tf.softmax_cross_entropy"),
        inner_loop=part(
            "maml_tf.InnerLoop",
            steps=1,
            learning_rate=0.4,
            loss_scale="sum over classes",
            keeps=("shift",),
        ),
        meta_optimizer=part("maml_tf.Adam", learning_rate=1e-3),
    ),
    training={"iterations": 60_000, "meta_batch": 32, "chunk": 100, "unroll": 1},
    tests={
        "k-1": {
            "tasks": TASKS | {"images": DATA | {"split": "test"}},
            "protocol": {"tasks": 600, "steps": 10, "seed": 1, "batch": 100},
        }
    },
    score=symbol("maml_tf.accuracy"),
    better="higher",
    answers={"table-1/maml-no-conv/omniglot-5-way-1-shot": "k-1/3-steps"},
    readings={
        "text": {"tasks.images.reading": "text", "tests.k-1.tasks.images.reading": "text"},
        "code": {},
    },
    scales={
        "smoke": {"training.iterations": 20, "training.chunk": 10, "tests.k-1.protocol.tasks": 20},
        "desktop": {"training.iterations": 10_000},
        "paper": {},
    },
    needs=("omniglot",),
    footnotes=(
        "The inner loss is summed over classes, as in the authors' code: on a mean loss the step would be 2.0.",
        "Batch normalisation uses the batch at hand, also at meta-test; its shift is meta-learned but does not adapt.",
        "The authors' split follows the order of a folder listing and cannot be recovered; ours is a committed list.",
    ),
    runtime=Runtime(tiny=False, minutes={"smoke": 0.2, "desktop": 3.5, "paper": 21}, memory=2.1),
)

EXPERIMENTS = (NO_CONV_5_WAY_1_SHOT,)
