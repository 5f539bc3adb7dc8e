"""The gate as a command: which records it judges. What it makes of them is the gate's own test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.catalogue import select
from benchmarks.command_line import checking
from benchmarks.errors import BenchmarkError
from benchmarks.records.record import Record
from benchmarks.records.store import RecordStore
from benchmarks.running import runner
from benchmarks.running.runner import Outcome
from tests.benchmarks.calls import Called
from tests.benchmarks.example_records import example_record

ORACLE = select(["sinusoid/oracle"])
LACKING = "omniglot/no-conv-5-way-1-shot smoke code seed 0: no Omniglot"


def written(folder: Path, **changes: Any) -> Path:
    record = example_record(**({"experiment": "sinusoid/oracle", "scale": "smoke"} | changes))
    return RecordStore(folder).write(record, record.arrays)


def ended(monkeypatch: pytest.MonkeyPatch, **outcome: Any) -> None:
    """Runs end so, without being made."""
    monkeypatch.setattr(runner, "run", lambda jobs, workers: Outcome(**outcome))


def run(out: Path) -> tuple[list[Record], list[str]]:
    return checking.run(ORACLE, scale="smoke", readings=["code"], seeds=range(2), device="cpu", out=out)


def test_what_an_earlier_check_left_is_not_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [written(tmp_path, seed=seed) for seed in range(4)]
    ended(monkeypatch, done=paths[:2])
    records, missing = run(tmp_path)
    assert [record.seed for record in records] == [0, 1]
    assert missing == []


def test_a_run_that_failed_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended(monkeypatch, failed=["seed 0: no memory"])
    with pytest.raises(BenchmarkError, match=r"^seed 0: no memory$") as caught:
        run(tmp_path)
    assert caught.value.exit_status == 1


@pytest.mark.parametrize(("missing", "status"), [([], 0), ([LACKING], 1)])
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_run_without_data_is_told_and_fails(
    missing: list[str],
    status: int,
    more: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: Callable[..., Called],
) -> None:
    accepted = [example_record(experiment="sinusoid/oracle", scale="smoke", seed=seed) for seed in range(3)]
    monkeypatch.setattr(checking, "_accepted", lambda: accepted)
    ended(monkeypatch, done=[written(tmp_path)], missing=missing)
    called = call("check", "sinusoid/oracle", "--scale", "smoke", "--out", str(tmp_path), *more)
    assert called.status == status
    assert called.error == "".join(f"data missing: {message}\n" for message in missing)
    assert ("gate: runs without data: 1, so it fails" in called.out) == (status == 1 and not more)


def test_of_a_folder_all_that_the_words_mean_is_fresh(tmp_path: Path) -> None:
    for changes in ({"seed": 0}, {"seed": 7}, {"scale": "paper"}, {"reading": "text"}, {"experiment": "sinusoid/maml"}):
        written(tmp_path, **changes)
    held = checking.held(ORACLE, tmp_path, "smoke", ["code"])
    assert [record.seed for record in held] == [0, 7]
