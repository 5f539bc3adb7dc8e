"""Tests of what `run`, `check` and `accept` do with records."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.catalogue import CATALOGUE, select
from benchmarks.command_line import record_commands
from benchmarks.errors import BenchmarkError
from benchmarks.records.record import Record
from benchmarks.records.store import RecordStore
from benchmarks.running import runner
from benchmarks.running.runner import RunSummary
from tests.benchmarks.conftest import Called
from tests.benchmarks.example_records import OTHER, example_record

MAML, ORACLE = select(["sinusoid/maml"]), select(["sinusoid/oracle"])
MISSING = "no Omniglot"


def write_record(folder: Path, **changes: Any) -> Path:
    """Writes an example record with the current definition of its experiment."""
    record = example_record(**changes)
    experiment = CATALOGUE[record.experiment]
    current = {
        "settings": experiment.settings(record.scale, record.reading),
        "definition": experiment.definition(record.scale, record.reading),
    }
    record = example_record(**current | changes)
    return RecordStore(folder).write(record, record.arrays)


def oracle(folder: Path, **changes: Any) -> Path:
    return write_record(folder, **({"experiment": "sinusoid/oracle", "scale": "smoke"} | changes))


def end_with(monkeypatch: pytest.MonkeyPatch, **outcome: Any) -> None:
    """Makes `run` return this outcome without running anything."""
    monkeypatch.setattr(runner, "run", lambda *_, **__: RunSummary(**outcome))


def make_fresh(out: Path) -> tuple[list[Record], list[str], list[str]]:
    return record_commands.make_fresh(ORACLE, scale="smoke", readings=["code"], seeds=range(2), device="cpu", out=out)


def test_records_of_an_earlier_check_are_not_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [oracle(tmp_path, seed=seed) for seed in range(4)]
    end_with(monkeypatch, done=paths[:2])
    records, missing, failed = make_fresh(tmp_path)
    assert [record.seed for record in records] == [0, 1]
    assert missing == failed == []


def test_what_was_made_is_compared_although_another_run_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    end_with(monkeypatch, done=[oracle(tmp_path, seed=0)], failed=["seed 1: out of memory"])
    records, _, failed = make_fresh(tmp_path)
    assert [record.seed for record in records] == [0]
    assert failed == ["seed 1: out of memory"]


@pytest.mark.parametrize(("how", "status"), [("failed", 1), ("interrupted", 130)])
def test_a_run_without_a_record_is_an_error(
    how: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_with(monkeypatch, **{how: ["seed 0: no memory"]})
    with pytest.raises(BenchmarkError, match=r"^seed 0: no memory$") as caught:
        make_fresh(tmp_path)
    assert caught.value.exit_status == status


@pytest.mark.parametrize(("missing", "status"), [([], 0), ([MISSING], 1)])
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_check_without_data_fails(
    missing: list[str],
    status: int,
    more: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: Callable[..., Called],
) -> None:
    accepted = [example_record(experiment="sinusoid/oracle", scale="smoke", seed=seed) for seed in range(3)]
    monkeypatch.setattr(record_commands, "_accepted", lambda: (accepted, []))
    end_with(
        monkeypatch,
        done=[oracle(tmp_path, settings=accepted[0].settings, definition=accepted[0].definition)],
        missing=missing,
    )
    called = call("check", "sinusoid/oracle", "--scale", "smoke", "--out", str(tmp_path), *more)
    assert called.status == status
    assert called.error == "".join(f"missing for 1 run: {message}\n" for message in missing)
    assert ("gate: runs without data or packages: 1, so it fails" in called.out) == (status == 1 and not more)


def test_only_the_named_reading_and_seeds_are_acceptable(tmp_path: Path) -> None:
    for seed, reading in ((0, "code"), (1, "code"), (2, "code"), (0, "text")):
        write_record(tmp_path, seed=seed, reading=reading)
    found, _ = record_commands.acceptable(MAML, tmp_path, None, "code", [0, 2])
    assert [(record.reading, record.seed) for record in found] == [("code", 0), ("code", 2)]
    with pytest.raises(BenchmarkError, match="has no such record with seed 7"):
        record_commands.acceptable(MAML, tmp_path, None, "code", [0, 7])
    with pytest.raises(BenchmarkError, match="unknown reading 'diary'"):
        record_commands.acceptable(MAML, tmp_path, None, "diary")


def test_fresh_records_of_a_folder_match_experiment_scale_and_reading(tmp_path: Path) -> None:
    for changes in ({"seed": 0}, {"seed": 7}, {"scale": "paper"}, {"reading": "text"}, {"experiment": "sinusoid/maml"}):
        oracle(tmp_path, **changes)
    held, problems = record_commands.load_fresh(ORACLE, tmp_path, "smoke", ["code"])
    assert problems == []
    assert [record.seed for record in held] == [0, 7]


def test_acceptable_records_match_experiment_and_scale(tmp_path: Path) -> None:
    for changes in ({"seed": 0}, {"seed": 1}, {"scale": "smoke"}, {"experiment": "sinusoid/oracle"}):
        write_record(tmp_path, **changes)
    assert [(record.scale, record.seed) for record in record_commands.acceptable(MAML, tmp_path, None)[0]] == [
        ("paper", 0),
        ("paper", 1),
        ("smoke", 0),
    ]
    assert [(record.scale, record.seed) for record in record_commands.acceptable(MAML, tmp_path, "smoke")[0]] == [
        ("smoke", 0)
    ]


def test_a_record_of_an_outdated_definition_is_refused(tmp_path: Path) -> None:
    write_record(tmp_path)
    write_record(tmp_path, seed=1, **OTHER)
    now = CATALOGUE["sinusoid/maml"].definition("paper", "code")
    message = (
        f"sinusoid/maml (paper, code, seed 1) was made under definition {OTHER['definition']}, "
        f"but the catalogue now has {now}"
    )
    with pytest.raises(BenchmarkError, match=f"^{re.escape(message)};"):
        record_commands.acceptable(MAML, tmp_path, None)
    assert record_commands.acceptable(select(["sinusoid/oracle"]), tmp_path, None) == ([], [])
    assert record_commands.acceptable(MAML, tmp_path, "smoke") == ([], [])
