"""The data sets of the catalogue: how to find, verify and get each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

Progress = Callable[[str, int, int], None]
"""Called with what is being decoded, how much of it is done, and how much there is."""


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """One data set.

    Attributes:
        name: as experiments name what they need.
        find: the files and folders whose change means that it must be verified again; reads little. Raises
            DatasetMissing or DatasetError.
        load: decodes and verifies it into the cache, and says in one line what was verified; raises the same.
            None if `find` verifies all of it.
        verified: what `find` verifies where there is nothing to load.
        how: how to get it.
    """

    name: str
    find: Callable[[], tuple[Path, ...]]
    load: Callable[[Progress], str] | None = None
    verified: str | None = None
    how: str


def _find_omniglot() -> tuple[Path, ...]:
    from maml_tf.datasets import find_omniglot

    return find_omniglot(None)


def _load_omniglot(progress: Progress) -> str:
    from maml_tf.datasets import load_omniglot

    images = load_omniglot(None, progress=partial(progress, "omniglot")).images
    return f"{len(images):,} characters of {images.shape[1]} drawings, pixel by pixel against the published ones"


def _find_mini_imagenet() -> tuple[Path, ...]:
    from maml_tf.datasets import data_folder, find_mini_imagenet

    return tuple(path for split in _SPLITS for path in find_mini_imagenet(data_folder(), split).stamped())


def _load_mini_imagenet(progress: Progress) -> str:
    from maml_tf.datasets import data_folder, load_mini_imagenet

    loaded = [
        load_mini_imagenet(data_folder(), split, progress=partial(progress, f"mini_imagenet {split}"))
        for split in _SPLITS
    ]
    return "; ".join(dataset.verified for dataset in loaded)


def _find_authors_checkpoint() -> tuple[Path, ...]:
    from maml_tf.datasets import data_folder, find_authors_checkpoint

    return (find_authors_checkpoint(data_folder()),)


_SPLITS: tuple[Literal["train", "validation", "test"], ...] = ("train", "validation", "test")

DATA_SETS = {
    data_set.name: data_set
    for data_set in (
        DataSet(
            name="omniglot",
            find=_find_omniglot,
            load=_load_omniglot,
            how="download images_background.zip and images_evaluation.zip from "
            "https://github.com/brendenlake/omniglot/tree/master/python into omniglot/ of your data folder, "
            "or set MAML_TF_DOWNLOAD=1 to have TensorFlow Datasets download it",
        ),
        DataSet(
            name="mini_imagenet",
            find=_find_mini_imagenet,
            load=_load_mini_imagenet,
            how="put into miniimagenet/ of your data folder one of: splits/{train,val,test}.csv from "
            "https://github.com/twitter-research/meta-learning-lstm/tree/master/data/miniImagenet with the images "
            "that they list, unpacked or as tar archives; folders train, val and test with a folder of images for each "
            "class; mini-imagenet-cache-{train,val,test}.pkl. The images are of ImageNet (ILSVRC-2012, "
            "https://image-net.org), which gives them for research",
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
        DataSet(
            name="glyphs",
            find=lambda: (),
            verified="nothing to verify: made by the library from a seed",
            how="it needs no files",
        ),
    )
}
