"""Where the paper's text and the authors' code differ on MiniImagenet.

The authors' released weights show the effects of choices at meta-test without any meta-training.
"""

from benchmarks.declaring.disagreement import Disagreement, Side
from benchmarks.experiments.mini_imagenet.maml import MAML_5_SHOT
from benchmarks.experiments.mini_imagenet.released_weights import RELEASED_WEIGHTS


def released(label: str, test: str) -> Side:
    """Returns a meta-test of the released weights after 10 steps."""
    return Side(label=label, experiment=RELEASED_WEIGHTS, metric=f"{test}/10-steps")


DISAGREEMENTS = (
    Disagreement(
        topic="The printed accuracy and the released weights",
        text="48.70 ± 1.84 % after 10 steps, 5-way 1-shot.",
        code="The released weights of the same experiment.",
        source="Table 1; cbfinn/maml: logs; cbfinn/maml#32",
        conclusion="The released weights reach less than the printed number, which others have found too.",
        sides=(released("600 tasks", "paper-protocol"), released("2,000 tasks", "2000-tasks")),
        finding="The weights that the authors released for MiniImagenet 5-way 1-shot reach {1} on 2,000 tasks. The "
        "paper prints 48.70 ± 1.84 %.",
    ),
    Disagreement(
        topic="Split of the classes",
        text="64 classes for meta-training, 12 for meta-validation and 24 for meta-test.",
        code="The lists of Ravi and Larochelle, which have 64, 16 and 20 classes.",
        source="§5.2; cbfinn/maml: data_generator.py",
        conclusion="The text is mistaken: it cites the same lists.",
    ),
    Disagreement(
        topic="Meta-batch with 5 shots",
        text="2 tasks.",
        code="4 tasks, in the authors' command.",
        source="Appendix A.1; cbfinn/maml: README.md",
        conclusion="Both readings can be run.",
        sides=(
            Side(label="2 tasks", experiment=MAML_5_SHOT, reading="text", metric="tight-protocol/10-steps"),
            Side(label="4 tasks", experiment=MAML_5_SHOT, reading="code", metric="tight-protocol/10-steps"),
        ),
    ),
    Disagreement(
        topic="Query images at meta-test",
        text="The text states 15 per class for the meta-gradient, and no number for the meta-test.",
        code="As many as support images. Batch normalisation then sees 5 images instead of 75.",
        source="§5.2; cbfinn/maml: main.py",
        conclusion="The number that is compared follows the code.",
        sides=(
            released("15 per class, 2,000 tasks", "tight-protocol"),
            released("1 per class, 600 tasks", "paper-protocol"),
        ),
    ),
    Disagreement(
        topic="Statistics of batch normalisation at meta-test",
        text="Batch normalisation, without details.",
        code="Statistics of the current batch, support and query set each by itself.",
        source="§5.2; cbfinn/maml: utils.py; arXiv:2003.03284",
        conclusion="Running averages reduce the accuracy to chance, so the statistics of the current batch are part of "
        "the result.",
        sides=(
            released("current batch", "paper-protocol"),
            released("support set", "support-set"),
            released("running averages", "running-averages"),
        ),
    ),
    Disagreement(
        topic="Parameters of batch normalisation",
        text="Not given.",
        code="The shift does not adapt in the inner loop.",
        source="cbfinn/maml: maml.py; cbfinn/maml#9",
        conclusion="As in the code.",
        sides=(released("shift adapts", "shift-adapts"), released("shift does not adapt", "paper-protocol")),
    ),
    Disagreement(
        topic="Clipping of the meta-gradient",
        text="Not mentioned.",
        code="Every element is clipped to ±10, on the scale of a summed loss.",
        source="cbfinn/maml: maml.py",
        conclusion="Clipped as in the code, with the bound converted to the mean loss used here.",
    ),
    Disagreement(
        topic="Choice of the tested parameters",
        text="Not given.",
        code="The authors chose the checkpoint that was best on meta-validation tasks, from a single run.",
        source="cbfinn/maml#8",
        conclusion="As the authors describe. Runs of others without this choice are 2 to 4 points lower.",
    ),
    Disagreement(
        topic="Accuracy before adaptation",
        text="Not shown.",
        code="The first number that the program prints is the accuracy on the support set, not on the query set.",
        source="cbfinn/maml: main.py",
        conclusion="Only the numbers after one step or more are compared.",
    ),
)
