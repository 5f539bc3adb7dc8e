"""Progress bars."""

import pytest

from benchmarks.running.executor import Event, Kind
from benchmarks.running.pace import Pace, rate
from benchmarks.running.progress import Bars, Preparation
from tests.benchmarks.running.example_job import example_job


def test_each_part_has_a_bar_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    with Preparation() as bars:
        for part in ("train", "test"):
            for done in (1, 5, 7):
                bars.show(part, done, 7)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert [line.split()[0] for line in printed.err.splitlines() if "7/7" in line] == ["train", "test"]


def test_quiet_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Preparation(quiet=True) as bars:
        bars.show("train", 1, 7)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("speed", "text"), [(0.0421, "0.042/s"), (0.47, "0.47/s"), (5.0, "5.0/s"), (42.4, "42/s"), (1234.5, "1,234/s")]
)
def test_a_slow_rate_has_two_digits(speed: float, text: str) -> None:
    assert rate(speed) == text


@pytest.mark.parametrize("how", ["failed", "data missing", "interrupted"])
def test_a_run_that_ends_without_a_record_is_named_once(how: Kind, capsys: pytest.CaptureFixture[str]) -> None:
    job = example_job()
    with Bars() as bars:
        bars.show(job, Event(kind="started"))
        bars.show(job, Event(kind=how, message="no more"))
    why = how if how == "data missing" else "no more"  # why data are missing is printed at the end, once for all runs
    assert f"{job.name}: {why}\n" in capsys.readouterr().err


def test_with_several_runs_there_is_one_overall_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    jobs = [example_job(seed=seed, minutes=30) for seed in range(2)]
    for shown, times in ((jobs, 1), (jobs[:1], 0)):
        with Bars(shown) as bars:
            bars.show(shown[0], Event(kind="started"))
        assert capsys.readouterr().err.count("0 of 2 runs ended, about 60 min left") >= times


def paces(*reports: tuple[int, int, float]) -> Pace:
    """Returns the pace after reports of what is completed, of how much, and when."""
    (first, total, now), *others = reports
    pace = Pace(total, first, now, first, now)
    for completed, total, now in others:
        pace = pace.follow(completed, total, now)
    return pace


def test_the_time_left_is_known_although_a_meta_iteration_takes_longer_than_a_minute() -> None:
    pace = paces((1, 100, 0.0), (2, 100, 90.0), (3, 100, 180.0))
    assert pace.left(180.0) == pytest.approx(97 * 90.0)
    assert pace.left(220.0) == pytest.approx(97 * 90.0 - 40.0), "it is counted down between reports"
    assert pace.left(1e9) == 0.0


def test_a_resumed_run_is_not_credited_with_what_was_done_before() -> None:
    assert paces((50, 100, 0.0), (51, 100, 10.0)).left(10.0) == pytest.approx(490.0)


def test_the_pace_of_one_phase_says_nothing_about_the_next() -> None:
    assert paces((1, 100, 0.0), (100, 100, 99.0), (5, 40, 100.0)).speed is None
    assert paces((1, 40, 0.0), (40, 40, 39.0), (10, 40, 50.0)).left(50.0) is None, "another test of as many tasks"


def test_a_bar_shows_the_time_left(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 90.0])
    monkeypatch.setattr("benchmarks.running.progress.time.monotonic", lambda: next(clock, 90.0))
    job = example_job()
    with Bars() as bars:
        bars.show(job, Event(kind="started"))
        for completed in (1, 2):
            bars.show(job, Event(kind="progress", completed=completed, total=22, message="loss 1"))
    assert "0:30:00" in capsys.readouterr().err
