"""Progress in lines of text."""

import sys
from itertools import pairwise

import pytest

from benchmarks.running.executor import Event
from benchmarks.running.plain_progress import Lines, display
from benchmarks.running.progress import Bars
from tests.benchmarks.running.example_job import example_job
from tests.benchmarks.running.test_time_left import Clock, training

JOBS = [example_job(seed=seed, minutes=100) for seed in range(2)]


def test_lines_come_after_ten_seconds_and_then_less_often(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Lines(JOBS[:1], clock) as lines:
        lines.show(JOBS[0], Event(kind="started"))
        for clock.now in range(3600):
            lines.show(JOBS[0], training(int(clock.now), 3600))
        lines.show(JOBS[0], Event(kind="done", path="record.json"))
    first, *middle, last = capsys.readouterr().err.splitlines()
    assert first == f"{JOBS[0].name}: started"
    assert middle[0] == f"{JOBS[0].name}: 10 of 3,600, loss 0.5"
    reached = [int(line.split(": ")[1].split()[0].replace(",", "")) for line in middle]
    assert reached[:5] == [10, 30, 70, 150, 310]
    assert {later - earlier for earlier, later in pairwise(reached[5:])} == {300}
    assert last == f"{JOBS[0].name}: record.json"


def test_with_several_runs_a_line_has_the_overall_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    with Lines(JOBS, Clock()) as lines:
        lines.show(JOBS[0], Event(kind="started"))
        lines.show(JOBS[0], Event(kind="failed", message="no memory"))
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"{JOBS[0].name}: no memory (1 of 2 runs ended, about 2 h left)".replace("2 h", "1.7 h")


def test_a_terminal_has_bars_and_a_log_has_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(display(JOBS, quiet=False), Lines)
    assert isinstance(display(JOBS, quiet=True), Bars)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert isinstance(display(JOBS, quiet=False), Bars)
