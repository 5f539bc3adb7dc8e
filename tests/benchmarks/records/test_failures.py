"""Failures: what ended without a record is told, until it ends in one."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.records.failures import Failure, FailureNotes
from benchmarks.records.store import RecordStore

FAILURE = Failure(
    experiment="sinusoid/maml",
    scale="paper",
    reading="code",
    seed=3,
    definition="f" * 12,
    how="diverged",
    message="the loss became nan",
    when="2026-01-01T00:00:00+00:00",
)


def test_what_is_kept_comes_back_and_is_no_record(tmp_path: Path) -> None:
    notes = FailureNotes(tmp_path)
    assert not list(notes.all())
    other = replace(FAILURE, seed=4, how="failed")
    for each in (FAILURE, other, replace(FAILURE, message="the loss became inf")):
        notes.keep(each)
    assert list(notes.all()) == [replace(FAILURE, message="the loss became inf"), other]
    assert not list(RecordStore(tmp_path).all())


def test_a_run_that_ends_well_after_all_leaves_no_note(tmp_path: Path) -> None:
    notes = FailureNotes(tmp_path)
    notes.keep(FAILURE)
    notes.remove("sinusoid/maml", "paper", "code", 4)
    assert list(notes.all()) == [FAILURE]
    notes.remove("sinusoid/maml", "paper", "code", 3)
    assert not list(notes.all())


@pytest.mark.parametrize(
    ("text", "quoted"),
    [("{", "JSON"), ("{}", "is no note of a failed run"), (None, "'how' is 'tired'; allowed: failed, diverged")],
)
def test_a_damaged_note_is_named(tmp_path: Path, text: str | None, quoted: str) -> None:
    notes = FailureNotes(tmp_path)
    notes.keep(FAILURE)
    (path,) = tmp_path.rglob("*.json")
    path.write_text(text or path.read_text().replace('"diverged"', '"tired"'))
    with pytest.raises(BenchmarkError, match=quoted) as raised:
        list(notes.all())
    assert str(path) in str(raised.value)
