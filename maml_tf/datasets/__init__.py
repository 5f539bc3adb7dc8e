"""Images for few-shot classification, as NumPy arrays.

Importing this loads no TensorFlow. What loads it, when called, is `load_authors_checkpoint`, reading Omniglot as
TensorFlow Datasets prepares it, and the first load of a split of MiniImagenet; nothing else does.
"""

from maml_tf.datasets.authors_checkpoint import find_authors_checkpoint, load_authors_checkpoint
from maml_tf.datasets.cache import default_cache_folder
from maml_tf.datasets.checksums import checksum
from maml_tf.datasets.errors import DatasetError, DatasetMissing
from maml_tf.datasets.folder import data_folder
from maml_tf.datasets.glyphs import glyphs
from maml_tf.datasets.image_classes import ImageClasses
from maml_tf.datasets.mini_imagenet import load_mini_imagenet
from maml_tf.datasets.mini_imagenet_folder import find_mini_imagenet
from maml_tf.datasets.omniglot import find_omniglot, load_omniglot
from maml_tf.datasets.omniglot_split import omniglot_part

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
    "glyphs",
    "load_authors_checkpoint",
    "load_mini_imagenet",
    "load_omniglot",
    "omniglot_part",
]
