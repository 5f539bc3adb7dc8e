"""Peaks: they are noted before anything can happen to a process, and then now and then."""

from pathlib import Path

import pytest

from benchmarks.running import peaks
from benchmarks.running.sessions import Sessions


def test_the_first_is_noted_at_once_and_the_next_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, told = iter([0.0, 0.0, 29.0, 30.0, 30.0]), iter([5, 6, 7])
    monkeypatch.setattr("benchmarks.running.peaks.time.monotonic", lambda: next(now))
    monkeypatch.setattr("benchmarks.running.peaks.PeakMemory.bytes", lambda _: next(told))
    sessions = Sessions.beside(tmp_path / "seed0.npz")
    sessions.begin({"commit": "a", "dirty": False}, resumed=False)
    noting = peaks.Peaks(sessions)
    noting.note_if_due("training", "whole")
    assert (sessions.largest("training"), sessions.largest("whole")) == (5, 5)
    noting.note_if_due("whole")
    assert sessions.largest("whole") == 5
    noting.note_if_due("whole")
    assert (sessions.largest("training"), sessions.largest("whole")) == (5, 6)
