"""Metric ids: text and object correspond."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.metric_ids import StepMetric


@pytest.mark.parametrize(
    ("text", "metric"),
    [
        ("k-5/0-steps", StepMetric("k-5", 0)),
        ("k-5/1-step", StepMetric("k-5", 1)),
        ("paper/protocol/10-steps", StepMetric("paper/protocol", 10)),
    ],
)
def test_an_id_is_parsed_and_printed(text: str, metric: StepMetric) -> None:
    assert StepMetric.parse(text) == metric
    assert str(metric) == text


@pytest.mark.parametrize(
    "text", ["parameters", "1-step", "/1-step", "k-5/1-steps", "k-5/2-step", "k-5/01-step", "k-5/"]
)
def test_other_ids_are_not_parsed(text: str) -> None:
    assert StepMetric.parse(text) is None


@given(steps=st.integers(0, 10**6))
def test_every_number_of_steps_comes_back(steps: int) -> None:
    assert StepMetric.parse(str(StepMetric("test", steps))) == StepMetric("test", steps)


def test_a_number_of_steps_that_is_no_number_is_another_kind() -> None:
    assert StepMetric.parse(f"k-5/1{'0' * 5000}-steps") is None
