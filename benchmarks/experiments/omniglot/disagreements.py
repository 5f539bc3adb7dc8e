"""Where the paper's text and the authors' code differ on Omniglot.

Most effects are measured by an ablation of the cheapest experiment, whose base follows the authors' code.
"""

from benchmarks.declaring.disagreement import Disagreement, Side
from benchmarks.experiments.omniglot import ablations
from benchmarks.experiments.omniglot.declarations import NO_CONV_5_WAY_1_SHOT as BASE

METRIC = "tight-protocol/3-steps"
VARIANTS = {experiment.id.partition("/")[2]: experiment for experiment in ablations.EXPERIMENTS}


def sides(variant: str, changed: str, code: str) -> tuple[Side, Side]:
    """Returns an ablation and its base, which follows the authors' code, under the same test."""
    return (
        Side(label=changed, experiment=VARIANTS[variant], metric=METRIC),
        Side(label=code, experiment=BASE, metric=METRIC),
    )


DISAGREEMENTS = (
    Disagreement(
        topic="Scale of the inner loss",
        text="The text states cross-entropy, but not whether it is summed or averaged.",
        code="The loss of every example is divided by the shot, and the gradient sums over examples. Each step is "
        "therefore as large as N times the step on a mean, for N classes.",
        source="Equation 3; cbfinn/maml: utils.py, maml.py; cbfinn/maml#70",
        conclusion="As in the code. With a mean, the stated inner learning rate takes steps that are N times smaller.",
        sides=sides("mean-inner-loss", "mean over classes", "sum over classes"),
    ),
    Disagreement(
        topic="Meta-training characters",
        text="1,200 characters for meta-training, and the others for meta-test.",
        code="1,100 for meta-training, 100 for meta-validation and 423 for meta-test.",
        source="§5.2; cbfinn/maml: data_generator.py",
        conclusion="The split of the code is used. The exact lists depend on the authors' file system and are lost.",
        sides=sides("text-split", "1,200 characters", "1,100 characters"),
    ),
    Disagreement(
        topic="Which characters are tested",
        text="The characters that are not used for meta-training.",
        code="Until October 2017, the option for the test set chose the 100 meta-validation characters, and the other "
        "way round.",
        source="§5.2; cbfinn/maml#14",
        conclusion="The published numbers may come from the 100 characters. The effect on ours is shown.",
        sides=sides("validation-characters", "100 meta-validation characters", "423 meta-test characters"),
    ),
    Disagreement(
        topic="Resizing of the drawings",
        text="Resized to 28 x 28 pixels.",
        code="A smoothing filter is requested, but the drawings have one bit per pixel, for which the image library "
        "ignores the filter. The result has only the values 0 and 1.",
        source="§5.2; cbfinn/maml: resize_images.py",
        conclusion="The nearest pixel is taken, which gives the same images as the authors' script.",
        sides=sides("antialiased", "smoothed", "nearest pixel"),
    ),
    Disagreement(
        topic="Rotations",
        text="Characters are augmented with rotations by multiples of 90 degrees.",
        code="Each class of a task is rotated at random, in meta-training and at meta-test. Rotated characters are not "
        "classes of their own.",
        source="§5.2; cbfinn/maml: data_generator.py",
        conclusion="As in the code. The effect shown is that of no rotations at all.",
        sides=sides("no-rotations", "no rotations", "rotations, also at meta-test"),
    ),
    Disagreement(
        topic="Statistics of batch normalisation",
        text="Batch normalisation, without details.",
        code="Statistics of the current batch everywhere: at meta-test, the query images of a task are normalised "
        "together.",
        source="§5.2; cbfinn/maml: utils.py; arXiv:2003.03284",
        conclusion="The prediction for one image depends on the others (transductive). As in the code; the effect "
        "shown is that of support statistics.",
        sides=sides("support-statistics", "statistics of the support set", "statistics of the current batch"),
    ),
    Disagreement(
        topic="Parameters of batch normalisation",
        text="Not given.",
        code="There is no scale. The shift is meta-learned, but it does not adapt in the inner loop.",
        source="cbfinn/maml: maml.py; cbfinn/maml#9",
        conclusion="As in the code.",
        sides=sides("shift-adapts", "shift adapts", "shift does not adapt"),
    ),
    Disagreement(
        topic="Query images in meta-training",
        text="Not given for Omniglot.",
        code="As many as support images: 1 or 5 per class.",
        source="cbfinn/maml: main.py",
        conclusion="As in the code.",
        sides=sides("query-15", "15 per class", "1 per class"),
    ),
    Disagreement(
        topic="Query images at meta-test",
        text="Not given.",
        code="As many as support images, on 600 tasks. The printed ± only fit this number.",
        source="Table 1; cbfinn/maml: main.py",
        conclusion="Every experiment is tested both ways, and the number that is compared follows the code.",
        sides=(
            Side(label="15 per class, 2,000 tasks", experiment=BASE, metric=METRIC),
            Side(label="1 per class, 600 tasks", experiment=BASE, metric="paper-protocol/3-steps"),
        ),
    ),
    Disagreement(
        topic="Last layers of the convolutional network",
        text="The last hidden layer has 64 units.",
        code="The 64 units are means over the remaining 2 x 2 pixels. The weights of the output layer start with "
        "standard deviation 1.",
        source="§5.2; cbfinn/maml: maml.py",
        conclusion="As in the code.",
    ),
    Disagreement(
        topic="Length of meta-training",
        text="60,000 meta-iterations.",
        code="60,000 in the newest version, 40,000 in an earlier description, 15,000 by default.",
        source="Appendix A.1; cbfinn/maml: main.py, README.md",
        conclusion="60,000, where text and code agree.",
    ),
)
