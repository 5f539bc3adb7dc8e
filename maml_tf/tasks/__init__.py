"""Task distributions."""

from maml_tf.tasks.few_shot_images import FewShotImages
from maml_tf.tasks.omniglot import omniglot_images
from maml_tf.tasks.sinusoid import Sinusoid

__all__ = ["FewShotImages", "Sinusoid", "omniglot_images"]
