"""The authors' program computes the same loss and meta-gradient as the library, so both time one method."""

from pathlib import Path

import pytest
import tensorflow as tf

from benchmarks.speed.agreement import check
from benchmarks.speed.authors import Authors
from benchmarks.speed.ours import Ours
from tests.benchmarks.speed.tiny import CHANGES, assignment, computed


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", CHANGES)
def test_it_is_the_method_of_the_library(name: str, tmp_path: Path) -> None:
    given = assignment(name, tmp_path)
    expected = computed(Ours(given))
    with tf.Graph().as_default():
        authors = Authors(given)
        check("authors", computed(authors), expected)
        if name == "sinusoid":
            authors.run(1)
            assert computed(authors).loss != expected.loss
