"""How runs went: what is told and the exit status."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.command_line import outcomes
from benchmarks.running import runner
from benchmarks.running.runner import Outcome
from tests.benchmarks.calls import Called

RECORD, LACKING = Path("record.json"), "omniglot/no-conv-5-way-1-shot smoke code seed 0: no Omniglot"


@pytest.mark.parametrize(
    ("went", "status"),
    [
        ({}, 0),
        ({"done": [RECORD]}, 0),
        ({"done": [RECORD], "missing": [LACKING]}, 0),
        ({"kept": [RECORD], "missing": [LACKING]}, 0),
        ({"missing": [LACKING]}, 1),
        ({"done": [RECORD], "failed": ["no memory"]}, 1),
    ],
)
def test_exit_status(went: dict[str, Any], status: int) -> None:
    assert outcomes.exit_status(Outcome(**went)) == status


def test_what_lacks_its_data_is_told_apart_from_the_sum(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes.tell(Outcome(done=[RECORD], missing=[LACKING], failed=["no memory"]), Path("runs"))
    printed = capsys.readouterr()
    assert printed.err == f"data missing: {LACKING}\nfailed: no memory\n"
    assert printed.out == "1 recorded, 0 already there, 1 failed, 1 without data; records in runs\n"


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_run_that_finds_no_data_fails(
    more: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Callable[..., Called]
) -> None:
    monkeypatch.setattr(runner, "run", lambda jobs, workers, quiet: Outcome(missing=[LACKING]))
    called = call("run", "omniglot/no-conv-5-way-1-shot", "--out", str(tmp_path), *more)
    assert called.status == 1
    assert LACKING in (called.out if more else called.error)
