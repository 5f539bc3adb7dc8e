"""One choice changed at a time: what the traps of a reproduction cost."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from benchmarks.experiment import NOTHING, Experiment, Runtime
from benchmarks.omniglot import NO_CONV_5_WAY_1_SHOT as BASE
from benchmarks.omniglot import costs
from benchmarks.overrides import overridden

Changes = Mapping[str, Any]


def ablation(
    variant: str,
    title: str,
    footnote: str,
    *,
    tasks: Changes = NOTHING,
    learner: Changes = NOTHING,
    tests: Changes = NOTHING,
    runtime: Runtime = BASE.runtime,
) -> Experiment:
    """The cheapest experiment on real images with one choice changed.

    Args:
        variant: second half of the id.
        title: what is changed.
        footnote: how it differs.
        tasks: changes to the meta-training distribution, by dotted path.
        learner: to the learner.
        tests: to the meta-tests.
        runtime: how to start TensorFlow, and costs.
    """
    return replace(
        BASE,
        id=f"ablation/{variant}",
        title=title,
        description=f"As {BASE.id}, but for one choice.",
        tasks=overridden(BASE.tasks, tasks),
        learner=overridden(BASE.learner, learner),
        tests=overridden(BASE.tests, tests),
        answers={},
        seeds=1,
        footnotes=(footnote,),
        runtime=runtime,
    )


EXPERIMENTS = (
    ablation(
        "mean-inner-loss",
        "Inner loss averaged instead of summed over classes",
        "The same inner learning rate on a mean loss: a step five times smaller than that of the authors' code.",
        learner={"inner_loop.loss_scale": "mean"},
    ),
    ablation(
        "shift-adapts",
        "Shift of batch normalisation adapts in the inner loop",
        "In the authors' code it is meta-learned and does not adapt.",
        learner={"inner_loop.keeps": ()},
    ),
    ablation(
        "support-statistics",
        "Query sets normalised with the statistics of the support set",
        "Not transductive: predictions on one query image do not depend on the others, in meta-training and at test.",
        learner={"network.normalization.statistics": "support set"},
    ),
    ablation(
        "query-15",
        "Meta-trained on 15 query images a class instead of 1",
        "The authors meta-train Omniglot with as many query as support images.",
        tasks={"query": 15},
        runtime=costs("large", desktop=7, paper=40, memory=1.7),
    ),
    ablation(
        "antialiased",
        "Drawings made smaller with antialiasing",
        "The authors' script asks for a smooth filter, which does nothing on images of one bit.",
        tasks={"images.resize": "antialiased"},
        tests={"*.tasks.images.resize": "antialiased"},
    ),
    ablation(
        "no-rotations",
        "Characters are not turned",
        "The authors turn each character of each task by a random multiple of 90 degrees, at test too.",
        tasks={"rotations": False},
        tests={"*.tasks.rotations": False},
    ),
    ablation(
        "text-split",
        "Characters divided as the text says",
        "1,200 characters for meta-training and none for meta-validation, instead of the 1,100 and 100 of the code.",
        tasks={"images.reading": "text"},
        tests={"*.tasks.images.reading": "text"},
    ),
)
