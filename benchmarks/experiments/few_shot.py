"""Settings that the experiments on few-shot classification share."""

from collections.abc import Mapping
from typing import Any

from benchmarks.declaring.settings import Settings, part, symbol

ACCURACY = symbol("maml_tf.accuracy")
NORMALIZATION = part("maml_tf.BatchNormalization", statistics="batch at hand", epsilon=1e-3)

CODE_LOSS = (
    "The inner loss is summed over classes, as in the authors' code. With a mean over classes, the same steps would "
    "need an inner learning rate of {}."
)
NORMALISED = (
    "Batch normalisation uses current-batch statistics, also at meta-test (transductive). Its shift is meta-learned "
    "but does not adapt."
)
TIGHT = (
    "Tested twice: on 600 tasks with as many query as support images, as in the paper, which gives the number shown; "
    "and on 2,000 tasks with 15 query images per class."
)
PROTOCOLS = {
    "paper protocol": "600 test tasks with as many query as support images. This is the number that is compared with "
    "the paper.",
    "tight protocol": "2,000 test tasks with 15 query images per class, for a narrower interval. Batch normalisation "
    "uses the whole query set, so both the number and its interval depend on the size of that set.",
}


def maml(network: Settings, *, steps: int, learning_rate: float, **inner_loop: Any) -> Settings:
    """Declares MAML with the authors' inner loss and meta-optimizer."""
    return part(
        "maml_tf.MAML",
        network=network,
        loss=symbol("maml_tf.softmax_cross_entropy"),
        inner_loop=part(
            "maml_tf.InnerLoop",
            **{
                "steps": steps,
                "learning_rate": learning_rate,
                "first_order": False,
                "loss_scale": "sum over classes",
                "adapts": None,
                "keeps": ("shift",),
            }
            | inner_loop,
        ),
        meta_optimizer=part("maml_tf.Adam", learning_rate=1e-3, clip=None),
        tasks_at_once=None,
    )


def few_shot(images: Settings, *, ways: int, shot: int, query: int, rotations: bool) -> Settings:
    """Declares few-shot classification tasks of images."""
    return part("maml_tf.FewShotImages", images=images, ways=ways, shot=shot, query=query, rotations=rotations)


def tests(tasks: Settings, *, steps: int, batch: int) -> dict[str, Settings]:
    """Declares two meta-tests: the paper's protocol, and one with a tighter confidence interval.

    Args:
        tasks: The meta-test distribution with as many query as support images, as in the authors' tests.
        steps: Number of adaptation steps after which the paper reports the accuracy.
        batch: Number of tasks that are computed together.
    """
    return {
        "paper-protocol": {
            "tasks": tasks,
            "protocol": {"tasks": 600, "steps": 10, "after": None, "seed": 1, "batch": batch},
        },
        "tight-protocol": {
            "tasks": tasks | {"query": 15},
            "protocol": {"tasks": 2000, "steps": 10, "after": (1, steps, 10), "seed": 2, "batch": batch},
        },
    }


def smaller_tests(tasks: int) -> Mapping[str, Any]:
    """Returns overrides that reduce every meta-test to a number of tasks."""
    return {"tests.*.protocol.tasks": tasks}
