"""Few-shot classification of MiniImagenet, and the claims of the paper about classification as a whole."""

from functools import partial
from pathlib import Path
from typing import Literal

from benchmarks.data.inventory import DataSet, Progress
from benchmarks.experiments.few_shot import PROTOCOLS
from benchmarks.experiments.mini_imagenet import baselines, maml, released_weights
from benchmarks.experiments.mini_imagenet.disagreements import DISAGREEMENTS
from benchmarks.family import Drawing, Family, Race

SPLITS: tuple[Literal["train", "validation", "test"], ...] = ("train", "validation", "test")


def _find_images() -> tuple[Path, ...]:
    from maml_tf.datasets import data_folder, find_mini_imagenet

    return tuple(path for split in SPLITS for path in find_mini_imagenet(data_folder(), split).stamped())


def _load_images(progress: Progress) -> str:
    from maml_tf.datasets import data_folder, load_mini_imagenet

    loaded = [
        load_mini_imagenet(data_folder(), split, progress=partial(progress, f"mini_imagenet {split}"))
        for split in SPLITS
    ]
    return "; ".join(dataset.verified for dataset in loaded)


def _find_authors_checkpoint() -> tuple[Path, ...]:
    from maml_tf.datasets import data_folder, find_authors_checkpoint

    return (find_authors_checkpoint(data_folder()),)


DATA_SETS = (
    DataSet(
        name="mini_imagenet",
        find=_find_images,
        load=_load_images,
        how="put into miniimagenet/ of your data folder one of: splits/{train,val,test}.csv from "
        "https://github.com/twitter-research/meta-learning-lstm/tree/master/data/miniImagenet with the images "
        "that they list, unpacked or as tar archives; folders train, val and test with a folder of images for each "
        "class; mini-imagenet-cache-{train,val,test}.pkl. The images are from ImageNet (ILSVRC-2012, "
        "https://image-net.org), which provides them for research",
    ),
    DataSet(
        name="authors_checkpoint",
        find=_find_authors_checkpoint,
        verified="both files, by their sha256",
        how="download model59000.index and model59000.data-00000-of-00001 from "
        "https://github.com/cbfinn/maml/tree/master/logs/miniimagenet1shot/"
        "cls_5.mbs_4.ubs_1.numstep5.updatelr0.01hidden32maxpoolbatchnorm "
        "into authors_checkpoint/ of your data folder",
    ),
)


def _sample() -> Drawing:
    tasks = maml.MAML_1_SHOT.tasks
    return {
        "title": f"{tasks['ways']} classes of photographs, one support and {tasks['query']} query images each",
        "caption": "",
        "left_out": "The photographs are from ImageNet, which provides them for research only; a report that can be "
        "published must not contain them.",
    }


FAMILY = Family(
    experiments=(*baselines.EXPERIMENTS, *maml.EXPERIMENTS, *released_weights.EXPERIMENTS),
    title="MiniImagenet",
    disagreements=DISAGREEMENTS,
    analysis="benchmarks.experiments.mini_imagenet.analysis.ANALYSIS",
    data_sets=DATA_SETS,
    races={
        "mini-imagenet": Race(experiment="mini-imagenet/maml-5-way-1-shot", chunk=1, graph_steps=1),
        "mini-imagenet-5-shot": Race(experiment="mini-imagenet/maml-5-way-5-shot", chunk=1, graph_steps=1),
    },
    score="accuracy, %",
    sample=_sample,
    group_titles={"claim": "Claims in the text"},
    glossary=PROTOCOLS,
    # The released weights answer no reference, since they are not meta-trained here; this is the row they stand for.
    shown_with={
        "mini-imagenet/released-weights": {"table-1/maml/mini-imagenet-5-way-1-shot": "paper-protocol/10-steps"},
    },
)
