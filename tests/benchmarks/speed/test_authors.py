"""The authors' program computes the same loss and meta-gradient as the library, so both time one method."""

from pathlib import Path

import pytest
import tensorflow as tf

from benchmarks.speed.agreement import check
from benchmarks.speed.authors import Authors
from benchmarks.speed.ours import Ours
from tests.benchmarks.speed.tiny import CHANGES, assignment, computed


@pytest.mark.parametrize("name", CHANGES)
def test_it_is_the_method_of_the_library(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.speed.ours.launch.start_tensorflow", lambda: None)
    given = assignment(name, tmp_path)
    expected = computed(Ours(given))
    with tf.Graph().as_default():
        authors = Authors(given)
        check("authors", computed(authors), expected)
        authors.run(1)
        moved = computed(authors)
    assert moved.loss != expected.loss
