"""The overall time left of several runs."""

from itertools import pairwise

import pytest

from benchmarks.running.executor import Event
from benchmarks.running.time_left import TimeLeft, in_words
from tests.benchmarks.running.example_job import example_job

JOBS = [example_job(seed=seed, minutes=100) for seed in range(2)]


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def training(completed: int, total: int = 100) -> Event:
    return Event(kind="progress", message="loss 0.5", completed=completed, total=total)


def meta_testing(completed: int, test: str = "k-5") -> Event:
    return Event(kind="progress", message=test, completed=completed, total=100)


def test_at_first_the_prediction_counts() -> None:
    assert TimeLeft(JOBS, Clock()).seconds == 2 * 6000


def test_then_the_rate_counts() -> None:
    clock = Clock()
    left = TimeLeft(JOBS, clock)
    left.update(JOBS[0], training(0))
    clock.now = 600.0  # the first half of meta-training took 10 minutes instead of 45
    left.update(JOBS[0], training(50))
    assert left.seconds == pytest.approx((6000 + 3300) * 660 / 2760)


def test_what_a_resumed_run_finds_done_is_no_work() -> None:
    clock = Clock()
    left = TimeLeft(JOBS[:1], clock)
    clock.now = 10.0
    left.update(JOBS[0], training(50))
    assert left.seconds == pytest.approx(3300 * 70 / 60)


def test_every_meta_test_takes_half_of_what_is_left() -> None:
    left = TimeLeft(JOBS[:1], Clock())
    seen = [left.seconds]
    for event in (training(100), meta_testing(100), meta_testing(0, "k-10"), meta_testing(100, "k-10"), training(50)):
        left.update(JOBS[0], event)
        seen.append(left.seconds)
    assert all(later <= earlier for earlier, later in pairwise(seen))
    assert seen[-1] > 0


@pytest.mark.parametrize("kind", ["done", "failed", "interrupted", "data missing"])
def test_a_run_that_ended_takes_no_time(kind: str) -> None:
    left = TimeLeft(JOBS, Clock())
    left.update(JOBS[0], Event(kind="started"))
    left.update(JOBS[0], Event(kind=kind))  # type: ignore[arg-type]
    assert left.text.startswith("1 of 2 runs ended, about ")
    assert left.seconds <= 6000


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (99, "99 s"), (120, "2 min"), (6000, "1.7 h"), (50_000, "14 h"), (300_000, "3 days")],
)
def test_a_duration_has_a_unit_that_suits_it(seconds: float, text: str) -> None:
    assert in_words(seconds) == text
