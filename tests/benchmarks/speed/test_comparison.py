"""The protocol of a comparison, with stand-ins as sides. No test asserts a time."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.records.speed import SpeedRecord, read, write
from benchmarks.records.storage import json_bytes
from benchmarks.speed import comparison
from benchmarks.speed.comparison import Contender, compare, prepared
from benchmarks.speed.growth import best_peer, grow, grown
from benchmarks.speed.problem import Problem
from benchmarks.speed.sides import SIDES as REAL_SIDES
from benchmarks.speed.workload import Timing
from tests.benchmarks.speed.example_workload import SIDES, TIMING, WORKLOAD


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> SpeedRecord:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "LOGS", tmp_path_factory.mktemp("logs"))
        return compare(WORKLOAD, ["first", "twin"], TIMING, sides=SIDES, left_out=["no room"], command="x", quiet=True)


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(comparison, "LOGS", tmp_path)
    return tmp_path


def test_every_round_times_ours_and_the_peer(record: SpeedRecord) -> None:
    assert {peer: np.shape(rounds) for peer, rounds in record.rounds_ms.items()} == {"first": (3, 2), "twin": (3, 2)}
    for peer, rounds in record.rounds_ms.items():
        ours, theirs = np.array(rounds).T
        assert record.ratios[peer] == np.median(theirs / ours)
        assert record.median_ms[peer] == np.median(theirs)
        assert record.spread[peer] == (theirs.min(), theirs.max())
    ours = np.concatenate([np.array(rounds)[:, 0] for rounds in record.rounds_ms.values()])
    assert record.median_ms["ours"] == np.median(ours)


def test_a_record_says_what_was_compared(record: SpeedRecord) -> None:
    assert (record.workload, record.experiment, record.first_order) == ("waves", "sinusoid/maml", ["first"])
    assert record.titles["twin"] == "a stand-in: closed_form"
    assert all(peak > 10 for peak in record.peak_mb.values())
    assert record.left_out == ["no room"]
    assert record.versions == {"numpy": np.__version__}
    assert record.provenance["command"] == "x"
    assert record.problem["steps"] == 2
    assert record.gradient_difference["twin"] < 1e-6 < record.gradient_difference["first"]


def test_the_limit_has_the_counted_operations(record: SpeedRecord) -> None:
    assert record.limit.operations == 3 * 2 * (2 * 10 * 4 + 10 * 2)
    assert record.limit.first_order_operations == 3 * 2 * (2 * 10 * 2 + 10 * 2)
    least = record.limit.milliseconds(first_order=False)
    assert record.share_of_limit["twin"] == pytest.approx(least / record.median_ms["twin"])
    assert record.limit.operations_per_second > 1e8
    assert record.limit.bytes_per_second > 1e7


def test_a_record_is_read_as_it_was_written(record: SpeedRecord, tmp_path: Path) -> None:
    assert json_bytes(asdict(read(write(record, tmp_path)))) == json_bytes(asdict(record))


@pytest.mark.parametrize(("side", "what"), [("wrong-gradient", "meta-gradient"), ("wrong-loss", "loss")])
def test_a_side_that_computes_something_else_stops_the_run(side: str, what: str) -> None:
    with pytest.raises(BenchmarkError, match=f"^{side} does not compute the {what} of this library: ") as error:
        compare(WORKLOAD, [side], TIMING, sides=SIDES, quiet=True)
    assert "\n" not in str(error.value)
    assert error.value.exit_status == 1


@pytest.mark.parametrize("expects", [False, True])
def test_sensitivity_is_measured_where_others_are_compared(expects: bool) -> None:
    with (
        prepared(Problem.of(WORKLOAD.settings)) as folder,
        Contender(REAL_SIDES["ours"], WORKLOAD, folder, expects=expects) as ours,
    ):
        assert all(0 < each < 1e-3 if expects else each == 0 for each in ours.compute().sensitivity)


def test_a_side_that_ends_is_reported_with_its_log(logs: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"standins\.ends' ended with status 1; see ") as error:
        compare(WORKLOAD, ["ends"], TIMING, sides=SIDES, quiet=True)
    log = Path(str(error.value).rpartition("see ")[2])
    assert log.parent == logs
    assert "3 tasks are too many" in log.read_text()


def test_no_peer_is_started_after_the_time_is_over() -> None:
    timing = Timing(rounds=1, turn=0.0, seconds=1e-6)
    record = compare(WORKLOAD, ["twin", "first"], timing, sides=SIDES, quiet=True)
    assert list(record.rounds_ms) == ["twin"]
    assert record.left_out == ["first was not timed, because the time for this workload was over"]


def test_growth_times_every_value() -> None:
    record = grow(WORKLOAD, "tasks", "twin", TIMING, values=(1, 2), sides=SIDES, command="y", quiet=True)
    assert (record.axis, record.peer, record.name) == ("tasks", "twin", "waves-by-tasks")
    assert [point.value for point in record.points] == [1, 2]
    assert all(np.shape(point.rounds_ms) == (3, 2) for point in record.points)


def test_a_setting_that_grows_changes_nothing_else() -> None:
    changed = grown(WORKLOAD.settings, "steps", 9)
    assert changed["learner"]["inner_loop"]["steps"] == 9
    changed["learner"]["inner_loop"]["steps"] = 2
    assert changed == WORKLOAD.settings


def test_regression_has_no_ways() -> None:
    with pytest.raises(BenchmarkError, match="no 'ways' to grow; choose another of steps, tasks, ways, shots"):
        grown(WORKLOAD.settings, "ways", 3)


def test_the_best_peer_computes_the_exact_meta_gradient(record: SpeedRecord) -> None:
    everyone = ("first", "twin", "ours-bfloat16", "absent")
    assert best_peer(record, everyone) == "twin"
    ours = replace(record, rounds_ms=record.rounds_ms | {"ours-bfloat16": [[1.0, 1e-3]]})
    assert best_peer(replace(ours, median_ms={**record.median_ms, "ours-bfloat16": 1e-3}), everyone) == "twin"


def test_the_best_peer_is_installed(record: SpeedRecord) -> None:
    faster = replace(record, rounds_ms=record.rounds_ms | {"absent": [[1.0, 1e-3]]})
    faster = replace(faster, median_ms={**record.median_ms, "absent": 1e-3})
    assert best_peer(faster, ["twin", "absent"]) == "absent"
    assert best_peer(faster, ["first", "twin"]) == "twin"
    with pytest.raises(BenchmarkError, match="no peer with the exact meta-gradient that is installed"):
        best_peer(faster, ["first"])


@pytest.mark.parametrize("first", [9.0, 1e-4])
def test_the_length_of_a_turn_comes_from_the_second_run(first: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first run that compiles may take longer than a turn; it is neither timed nor used to set the length."""
    seconds = iter([first, 0.01])
    monkeypatch.setattr(Contender, "time", lambda _: next(seconds))
    with prepared(Problem.of(WORKLOAD.settings)) as folder, Contender(SIDES["twin"], WORKLOAD, folder) as twin:
        twin.compute()
        twin.warm_up(turn=0.5)
        assert twin._count == 50
    assert next(seconds, None) is None
