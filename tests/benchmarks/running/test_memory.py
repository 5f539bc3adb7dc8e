"""Peak memory, measured in separate processes, because memory that a process has freed may be used again."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.records.provenance import ROOT
from benchmarks.running import memory
from benchmarks.running.memory import PeakMemory
from benchmarks.running.unfinished import ProcessLog

MEASURE = "import numpy as np; from benchmarks.running.memory import PeakMemory; M = 2**20;"


def megabytes(program: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE + program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(done.stdout) / 2**20


def test_the_peak_grows_with_what_is_held() -> None:
    grown = megabytes("p = PeakMemory(); b = p.bytes(); held = np.ones(256 * M, np.uint8); print(p.bytes() - b)")
    assert grown > 200


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can reset the peak")
def test_an_earlier_peak_is_reset() -> None:
    difference = megabytes(
        "held = np.ones(256 * M, np.uint8); high = PeakMemory().bytes(); del held; print(high - PeakMemory().bytes())"
    )
    assert difference > 200


def test_a_peak_never_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = iter([5, 4, 6])
    monkeypatch.setattr(memory, "_system_peak", lambda: next(readings))
    peak = PeakMemory()
    assert [peak.bytes(), peak.bytes(), peak.bytes()] == [5, 5, 6]


def test_the_first_peak_is_logged_at_once_and_the_next_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, peaks = iter([0.0, 0.0, 29.0, 30.0, 30.0]), iter([5, 6, 7])
    monkeypatch.setattr("benchmarks.running.memory.time.monotonic", lambda: next(now))
    monkeypatch.setattr(PeakMemory, "bytes", lambda _: next(peaks))
    processes = ProcessLog(path=tmp_path / "log.json")
    processes.begin({"commit": "a", "dirty": False}, resumed=False)
    log = memory.PeakMemoryLog(processes)
    log.write_if_due("training", "whole")
    assert (processes.largest("training"), processes.largest("whole")) == (5, 5)
    log.write_if_due("whole")
    assert processes.largest("whole") == 5
    log.write_if_due("whole")
    assert (processes.largest("training"), processes.largest("whole")) == (5, 6)
