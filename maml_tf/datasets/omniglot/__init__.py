"""Omniglot: 1,623 handwritten characters of 50 alphabets, with 20 drawings of every character.

Lake, Salakhutdinov and Tenenbaum, "Human-level concept learning through probabilistic program induction", Science 350
(2015).
"""

from maml_tf.datasets.omniglot.loading import find_omniglot, load_omniglot, omniglot_images
from maml_tf.datasets.omniglot.splits import omniglot_split

__all__ = ["find_omniglot", "load_omniglot", "omniglot_images", "omniglot_split"]
