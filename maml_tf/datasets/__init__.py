"""Images for few-shot classification, as NumPy arrays. Nothing here needs TensorFlow."""

from maml_tf.datasets.cache import default_cache_folder
from maml_tf.datasets.checksums import checksum
from maml_tf.datasets.errors import DatasetError, DatasetMissing
from maml_tf.datasets.folder import data_folder
from maml_tf.datasets.image_classes import ImageClasses
from maml_tf.datasets.omniglot import find_omniglot, load_omniglot
from maml_tf.datasets.omniglot_split import split

__all__ = [
    "DatasetError",
    "DatasetMissing",
    "ImageClasses",
    "checksum",
    "data_folder",
    "default_cache_folder",
    "find_omniglot",
    "load_omniglot",
    "split",
]
