"""Ablations: one choice that a reproduction can easily get wrong, changed at a time."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from benchmarks.declaring.experiment import NOTHING, Experiment, Runtime
from benchmarks.declaring.settings import overridden
from benchmarks.experiments.omniglot.declarations import MAML_5_WAY_1_SHOT, costs
from benchmarks.experiments.omniglot.declarations import NO_CONV_5_WAY_1_SHOT as BASE

Changes = Mapping[str, Any]


def ablation(
    variant: str,
    title: str,
    footnote: str,
    *,
    tasks: Changes = NOTHING,
    learner: Changes = NOTHING,
    tests: Changes = NOTHING,
    base: Experiment = BASE,
    readings: Mapping[str, Changes] | None = None,
    runtime: Runtime | None = None,
) -> Experiment:
    """Declares an experiment with one choice changed; by default the cheapest one on real images.

    Args:
        variant: Second half of the id.
        title: What is changed.
        footnote: How the change differs from the authors' code.
        tasks: Changes to the meta-training distribution, by dotted path.
        learner: Changes to the learner, by dotted path.
        tests: Changes to the meta-tests, by dotted path.
        base: The experiment.
        readings: Overrides by reading; as `base` by default.
        runtime: How TensorFlow is started, and what a run costs; as `base` by default.
    """
    return replace(
        base,
        id=f"ablation/{variant}",
        title=title,
        description=f"As {base.id}, with one choice changed.",
        tasks=overridden(base.tasks, tasks),
        learner=overridden(base.learner, learner),
        tests=overridden(base.tests, tests),
        answers={},
        readings=readings or base.readings,
        seeds=1,
        footnotes=(footnote,),
        runtime=runtime or base.runtime,
    )


EXPERIMENTS = (
    ablation(
        "mean-inner-loss",
        "Inner loss averaged instead of summed over classes",
        "With the same inner learning rate, a mean over five classes makes each step five times smaller than in the "
        "authors' code.",
        learner={"inner_loop.loss_scale": "mean"},
    ),
    ablation(
        "shift-adapts",
        "The shift of batch normalisation adapts in the inner loop",
        "In the authors' code the shift is meta-learned and does not adapt.",
        learner={"inner_loop.keeps": ()},
    ),
    ablation(
        "support-statistics",
        "Query sets normalised with the statistics of the support set",
        "Not transductive: the prediction for a query image does not depend on the other query images, neither in "
        "meta-training nor at meta-test.",
        learner={"network.normalization.statistics": "support set"},
    ),
    ablation(
        "query-15",
        "Meta-trained on 15 query images per class instead of 1",
        "On Omniglot the authors meta-train with as many query as support images.",
        tasks={"query": 15},
        runtime=costs("large", desktop=7, paper=40, memory=1.7),
    ),
    ablation(
        "antialiased",
        "Drawings resized with antialiasing",
        "The authors' script asks for a smoothing filter, which has no effect on one-bit images.",
        tasks={"images.resize": "antialiased"},
        tests={"*.tasks.images.resize": "antialiased"},
    ),
    ablation(
        "no-rotations",
        "Characters are not rotated",
        "The authors rotate every character of a task by a random multiple of 90 degrees, also at meta-test.",
        tasks={"rotations": False},
        tests={"*.tasks.rotations": False},
    ),
    ablation(
        "text-split",
        "Characters split as the text says",
        "1,200 characters for meta-training and none for meta-validation, instead of 1,100 and 100 as in the code.",
        tasks={"images.reading": "text"},
        tests={"*.tasks.images.reading": "text"},
    ),
    ablation(
        "validation-characters",
        "Tested on the 100 meta-validation characters",
        "So did the authors' program until October 2017 when it was asked for the test set (cbfinn/maml#14).",
        tests={"*.tasks.images.split": "validation"},
        # In the text's reading there are no meta-validation characters.
        readings={"code": BASE.readings["code"]},
    ),
)
# The experiments above share a base, beside which the report draws them; this one has another.
BFLOAT16 = ablation(
    "bfloat16-convolutions",
    "Convolutions and their derivatives in bfloat16",
    "Everything else is in single precision. The authors' program computes in single precision throughout.",
    learner={"network": MAML_5_WAY_1_SHOT.learner["network"] | {"convolution_type": "bfloat16"}},
    base=MAML_5_WAY_1_SHOT,
)
