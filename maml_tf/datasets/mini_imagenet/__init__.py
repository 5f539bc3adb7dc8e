"""MiniImagenet: 100 classes of ImageNet with 600 photographs each, at 84x84 pixels.

Vinyals et al., "Matching Networks for One Shot Learning" (2016). The splits of 64, 16 and 20 classes are those of Ravi
and Larochelle, "Optimization as a Model for Few-Shot Learning" (2017).
"""

from maml_tf.datasets.mini_imagenet.loading import load_mini_imagenet, mini_imagenet_images
from maml_tf.datasets.mini_imagenet.sources import find_mini_imagenet

__all__ = ["find_mini_imagenet", "load_mini_imagenet", "mini_imagenet_images"]
