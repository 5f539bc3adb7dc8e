"""Which Omniglot characters are for meta-training, meta-validation and meta-testing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.image_classes import ImageClasses
from maml_tf.datasets.part import Part

Reading = Literal["code", "text"]


@dataclass(frozen=True, kw_only=True)
class OmniglotSplit:
    """All characters in a random order, of which each part takes a stretch.

    Attributes:
        seed: Seed of the order.
        sizes: Characters of each part in the order of the stretches, by reading: `code` takes 1100,
            100 and 423, `text` 1200 and 423 with none for validation. The test part is the same.
        order: The names of all characters.
    """

    seed: int
    sizes: Mapping[str, Mapping[str, int]]
    order: Sequence[str]

    def names(self, reading: Reading, part: Part) -> tuple[str, ...]:
        """The names of the characters of one part.

        Raises:
            DatasetError: If there is no such reading, or the reading has no such part.
        """
        if reading not in self.sizes:
            raise DatasetError(f"reading is {reading!r}; allowed: {', '.join(self.sizes)}")
        start = 0
        for stretch, size in self.sizes[reading].items():
            if stretch == part:
                return tuple(self.order[start : start + size])
            start += size
        allowed = ", ".join(self.sizes[reading])
        raise DatasetError(f"part is {part!r}; allowed in the reading {reading!r}: {allowed}")


@cache
def omniglot_split() -> OmniglotSplit:
    """Reads the split that comes with the library.

    The authors shuffled the folders in the order in which their file system listed them, so their
    own split cannot be recovered; this is another one of the same sizes.
    """
    content = json.loads(files(__package__).joinpath("splits", "omniglot.json").read_text("utf-8"))
    return OmniglotSplit(seed=content["seed"], sizes=content["sizes"], order=content["order"])


def omniglot_part(dataset: ImageClasses, reading: Reading, part: Part) -> ImageClasses:
    """One part of Omniglot.

    Args:
        dataset: All characters, from `load_omniglot`.
        reading: `code` (1100 train, 100 validation and 423 test characters, as in the authors' code)
            or `text` (1200 train and 423 test characters, as in the paper, section 5.2).
        part: `train`, `validation` (in `code` only) or `test`.

    Raises:
        DatasetError: If there is no such reading or part, or characters are missing in the dataset.
    """
    return dataset.select(omniglot_split().names(reading, part))
