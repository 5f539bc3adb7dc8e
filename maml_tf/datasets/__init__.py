"""Images for few-shot classification, as NumPy arrays.

Importing this package does not load TensorFlow. Three functions do when they are called: `load_authors_checkpoint`,
`load_omniglot` if TensorFlow Datasets has prepared the data, and `load_mini_imagenet` when it first loads a split.
"""

from maml_tf.datasets.authors_checkpoint import find_authors_checkpoint, load_authors_checkpoint
from maml_tf.datasets.checksums import checksum
from maml_tf.datasets.errors import DatasetError, DatasetMissing
from maml_tf.datasets.glyphs import glyph_images, glyphs
from maml_tf.datasets.image_classes import ImageClasses
from maml_tf.datasets.mini_imagenet import find_mini_imagenet, load_mini_imagenet, mini_imagenet_images
from maml_tf.datasets.omniglot import find_omniglot, load_omniglot, omniglot_images, omniglot_split
from maml_tf.datasets.storage import data_folder, default_cache_folder

__all__ = [
    "DatasetError",
    "DatasetMissing",
    "ImageClasses",
    "checksum",
    "data_folder",
    "default_cache_folder",
    "find_authors_checkpoint",
    "find_mini_imagenet",
    "find_omniglot",
    "glyph_images",
    "glyphs",
    "load_authors_checkpoint",
    "load_mini_imagenet",
    "load_omniglot",
    "mini_imagenet_images",
    "omniglot_images",
    "omniglot_split",
]
