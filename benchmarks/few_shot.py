"""What experiments of few-shot classification have in common: settings, no code paths."""

from collections.abc import Mapping
from typing import Any

from benchmarks.overrides import Settings
from benchmarks.part import part, symbol

ACCURACY = symbol("maml_tf.accuracy")
NORMALIZATION = part("maml_tf.BatchNormalization", statistics="batch at hand", epsilon=1e-3)

CODE_LOSS = "The inner loss is summed over classes, as in the authors' code: on a mean loss the step would be {}."
NORMALISED = (
    "Batch normalisation uses the batch at hand, also at meta-test; its shift is meta-learned but does not adapt."
)
TIGHT = (
    "Tested twice: the paper's 600 tasks with as many query as support images, which the row shows, and 2,000 tasks "
    "with 15 query images a class."
)


def maml(network: Settings, *, steps: int, learning_rate: float, **inner_loop: Any) -> Settings:
    """MAML with the authors' inner loss and meta-optimizer."""
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
    """Tasks of telling classes apart."""
    return part("maml_tf.FewShotImages", images=images, ways=ways, shot=shot, query=query, rotations=rotations)


def tests(tasks: Settings, *, steps: int, batch: int) -> dict[str, Settings]:
    """The paper's protocol, and a tight one.

    Args:
        tasks: the meta-test distribution with as many query as support images, as the authors test.
        steps: of adaptation that the paper reports.
        batch: tasks side by side.
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
    """Changes to settings that make every test a matter of a moment."""
    return {"tests.*.protocol.tasks": tasks}
