"""Task distributions."""

from maml_tf.tasks.few_shot_images import FewShotImages
from maml_tf.tasks.glyphs import glyph_images
from maml_tf.tasks.labelled_images import LabelledImages
from maml_tf.tasks.mini_imagenet import mini_imagenet_images
from maml_tf.tasks.omniglot import omniglot_images
from maml_tf.tasks.sinusoid import Sinusoid

__all__ = ["FewShotImages", "LabelledImages", "Sinusoid", "glyph_images", "mini_imagenet_images", "omniglot_images"]
