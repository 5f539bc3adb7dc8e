"""Few-shot classification of Omniglot characters, with ablations."""

from functools import partial
from pathlib import Path

from benchmarks.data.inventory import DataSet, Progress
from benchmarks.experiments.omniglot import ablations, declarations
from benchmarks.experiments.omniglot.disagreements import DISAGREEMENTS
from benchmarks.family import Drawing, Family, Race
from benchmarks.figures import sample_tasks


def _find() -> tuple[Path, ...]:
    from maml_tf.datasets import find_omniglot

    return find_omniglot(None)


def _load(progress: Progress) -> str:
    from maml_tf.datasets import load_omniglot

    images = load_omniglot(None, progress=partial(progress, "omniglot")).images
    return f"{len(images):,} characters of {images.shape[1]} drawings, pixel by pixel against the published ones"


DATA_SET = DataSet(
    name="omniglot",
    find=_find,
    load=_load,
    how="download images_background.zip and images_evaluation.zip from "
    "https://github.com/brendenlake/omniglot/tree/master/python into omniglot/ of your data folder, "
    "or set MAML_TF_DOWNLOAD=1 to have TensorFlow Datasets download it",
)


def _sample() -> Drawing:
    from maml_tf.datasets import omniglot_images

    tasks = declarations.NO_CONV_5_WAY_1_SHOT.tasks
    shown: Drawing = {
        "title": f"{tasks['ways']} characters, one support and one query image each",
        "caption": "The images are those that the network gets, 28 x 28 pixels. All images of a character in a task "
        "are rotated by the same multiple of 90 degrees. Images: © 2015 Brenden Lake, MIT licence.",
    }
    if reason := sample_tasks.left_out(DATA_SET):
        return shown | {"left_out": reason}
    images = omniglot_images(split="train", reading="code").images
    return shown | {"classes": sample_tasks.image_task(images, tasks)}


FAMILY = Family(
    experiments=(*declarations.EXPERIMENTS, *ablations.EXPERIMENTS, ablations.BFLOAT16),
    title="Omniglot",
    disagreements=DISAGREEMENTS,
    analysis="benchmarks.experiments.omniglot.analysis.ANALYSIS",
    data_sets=(DATA_SET,),
    races={
        "omniglot-no-conv": Race(experiment="omniglot/no-conv-5-way-1-shot", chunk=50),
        "omniglot": Race(experiment="omniglot/maml-5-way-1-shot", chunk=5),
        "omniglot-20-way": Race(experiment="omniglot/maml-20-way-1-shot", chunk=1),
    },
    score="accuracy, %",
    sample=_sample,
)
