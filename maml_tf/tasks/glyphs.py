"""Few-shot tasks on made-up handwriting, which need no data."""

from functools import cache

from maml_tf.datasets import DatasetError, ImageClasses, glyphs
from maml_tf.datasets.part import Part

ALPHABETS = {"train": range(0, 36), "validation": range(36, 40), "test": range(40, 50)}
"""Which alphabets are whose: no part has ever seen the hand of another."""

CHARACTERS = 20


def glyph_images(*, split: Part) -> ImageClasses:
    """Characters of one part: 720 for meta-training, 80 for meta-validation, 200 for meta-testing.

    They are made by a program, so that few-shot classification can be tried without data; accuracies on them compare
    with no published ones.

    Args:
        split: `train`, `validation` or `test`.

    Raises:
        DatasetError: there is no such part.
    """
    if split not in ALPHABETS:
        raise DatasetError(f"split is {split!r}; allowed: {', '.join(ALPHABETS)}")
    return _part(split)


@cache  # several task distributions of one process share the images
def _part(split: Part) -> ImageClasses:
    chosen = ALPHABETS[split]
    first, last = chosen.start * CHARACTERS, chosen.stop * CHARACTERS
    return _all().select(_all().names[first:last])


@cache
def _all() -> ImageClasses:
    return glyphs(alphabets=ALPHABETS["test"].stop, characters=CHARACTERS)
