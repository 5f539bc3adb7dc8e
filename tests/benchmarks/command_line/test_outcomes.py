"""Tests of what `run` prints at its end."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.command_line import outcomes
from benchmarks.running import runner
from benchmarks.running.runner import RunSummary
from tests.benchmarks.command_line.test_record_commands import write_record
from tests.benchmarks.conftest import Called

RECORD, MISSING = Path("record.json"), "no Omniglot"


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ({}, 0),
        ({"done": [RECORD]}, 0),
        ({"done": [RECORD], "missing": [MISSING]}, 0),
        ({"kept": [RECORD], "missing": [MISSING]}, 0),
        ({"missing": [MISSING]}, 1),
        ({"done": [RECORD], "failed": ["no memory"]}, 1),
        ({"done": [RECORD], "interrupted": ["stopped"]}, 130),
    ],
)
def test_exit_status_of_run(outcome: dict[str, Any], status: int) -> None:
    assert outcomes.exit_status(RunSummary(**outcome)) == status


def test_missing_data_and_failures_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes.print_outcome(RunSummary(done=[RECORD], missing=[MISSING, MISSING], failed=["no memory"]), Path("runs"))
    printed = capsys.readouterr()
    assert printed.err == f"missing for 2 runs: {MISSING}\nfailed: no memory\n"
    assert printed.out == "1 recorded, 0 already there, 1 failed, 2 without data or packages; records in runs\n"


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_run_that_finds_no_data_fails(
    more: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Callable[..., Called]
) -> None:
    monkeypatch.setattr(runner, "run", lambda *_, **__: RunSummary(missing=[MISSING]))
    called = call("run", "omniglot/no-conv-5-way-1-shot", "--out", str(tmp_path), *more)
    assert called.status == 1
    assert MISSING in (called.out if more else called.error)


def test_the_failure_of_a_single_run_is_printed_only_by_the_display(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes.print_outcome(RunSummary(failed=["seed 0: no memory"]), Path("runs"))
    assert capsys.readouterr().err == ""


def test_results_stand_beside_the_numbers_of_the_paper(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [write_record(tmp_path, seed=seed) for seed in range(3)]
    outcomes.print_results(RunSummary(done=paths[:2], kept=paths[2:]), CATALOGUE)
    shown = capsys.readouterr().out.splitlines()
    [line] = [line.split() for line in shown if line.startswith("table-2/maml/5-steps")]
    assert (line[1], line[3], line[-4:]) == ("0.38", "±", ["3", "seeds,", "paper,", "code"])
    assert [line for line in shown if line.startswith("figure-6")]
    assert "paper scale, code reading:" in shown


def test_the_other_reading_is_shown_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcomes.print_results(RunSummary(done=[write_record(tmp_path, reading="text")]), CATALOGUE)
    shown = capsys.readouterr().out
    assert "paper scale, text reading:" in shown
    assert "table-2/maml/5-steps" in shown


def test_a_reduced_run_says_that_it_is_not_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcomes.print_results(RunSummary(done=[write_record(tmp_path, scale="smoke")]), CATALOGUE)
    assert "only runs at the paper scale are compared with the paper" in capsys.readouterr().out
    outcomes.print_results(RunSummary(missing=[MISSING]), CATALOGUE)
    assert capsys.readouterr().out == ""
