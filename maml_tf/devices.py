"""The devices that TensorFlow computes on."""

import tensorflow as tf


def on_gpu() -> bool:
    """Returns whether TensorFlow sees a GPU, on which it then computes everything that has a GPU kernel."""
    return bool(tf.config.list_physical_devices("GPU"))
