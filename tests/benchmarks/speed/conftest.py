"""Fixtures for tests of the speed comparison."""

from collections.abc import Iterator

import pytest
import tensorflow as tf


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Computes once without compiling, which takes longer than the computation of tiny problems."""
    # TensorFlow has started in this process, so its threads can no longer be set.
    monkeypatch.setattr("benchmarks.speed.ours.launch.start_tensorflow", lambda: None)
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
