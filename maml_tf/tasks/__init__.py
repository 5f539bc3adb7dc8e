"""Task distributions."""

# Experiments name the images by these paths, which are part of their definition hashes.
from maml_tf.datasets import glyph_images, mini_imagenet_images, omniglot_images
from maml_tf.tasks.few_shot_images import FewShotImages
from maml_tf.tasks.labelled_images import LabelledImages
from maml_tf.tasks.pixels import held
from maml_tf.tasks.sinusoid import Sinusoid

__all__ = [
    "FewShotImages",
    "LabelledImages",
    "Sinusoid",
    "glyph_images",
    "held",
    "mini_imagenet_images",
    "omniglot_images",
]
