"""Progress bars."""

import pytest

from benchmarks.running.executor import Event, Kind
from benchmarks.running.progress import Bars, Preparation, rate
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
