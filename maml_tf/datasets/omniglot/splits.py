"""Which Omniglot characters are for meta-training, meta-validation and meta-testing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.image_classes import ImageClasses, Split

Reading = Literal["code", "text"]


@dataclass(frozen=True, kw_only=True)
class OmniglotSplits:
    """All characters in a random order, which is cut into the splits.

    Attributes:
        seed: Seed of the order.
        sizes: By reading and split, the number of characters, in the order in which the splits are cut. `code` has
            1100, 100 and 423 characters; `text` has 1200 and 423, and none for validation. The test split is the same.
        order: Names of all characters.
    """

    seed: int
    sizes: Mapping[str, Mapping[str, int]]
    order: Sequence[str]

    def names(self, reading: Reading, split: Split) -> tuple[str, ...]:
        """Returns the names of the characters of one split.

        Raises:
            DatasetError: There is no such reading, or it has no such split.
        """
        if reading not in self.sizes:
            raise DatasetError(f"reading is {reading!r}; allowed: {', '.join(self.sizes)}")
        start = 0
        for name, size in self.sizes[reading].items():
            if name == split:
                return tuple(self.order[start : start + size])
            start += size
        allowed = ", ".join(self.sizes[reading])
        raise DatasetError(f"split is {split!r}; allowed in the reading {reading!r}: {allowed}")


@cache
def load_splits() -> OmniglotSplits:
    """Reads the splits that come with the library.

    The authors shuffled the folders in the order in which their file system listed them, so their own splits cannot be
    recovered. These have the same sizes.
    """
    content = json.loads(files(__package__).joinpath("splits.json").read_text("utf-8"))
    return OmniglotSplits(seed=content["seed"], sizes=content["sizes"], order=content["order"])


def omniglot_split(dataset: ImageClasses, reading: Reading, split: Split) -> ImageClasses:
    """Selects the characters of one split.

    Args:
        dataset: All characters, from `load_omniglot`.
        reading: `code` (1100 training, 100 validation and 423 test characters, as in the authors' code) or `text`
            (1200 training and 423 test characters, as in section 5.2 of the paper).
        split: `train`, `validation` (with `code` only) or `test`.

    Raises:
        DatasetError: There is no such reading or split, or the dataset lacks characters.
    """
    return dataset.select(load_splits().names(reading, split))
