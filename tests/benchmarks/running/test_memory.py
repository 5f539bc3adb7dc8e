"""In processes of their own: what a process held before decides what it asks the system for."""

import subprocess
import sys

import pytest

from benchmarks.records.provenance import ROOT
from benchmarks.running.memory import PeakMemory

MEASURE = "import numpy as np; from benchmarks.running.memory import PeakMemory; M = 2**20;"


def megabytes(program: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE + program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(done.stdout) / 2**20


def test_the_peak_grows_with_what_is_held() -> None:
    grown = megabytes("p = PeakMemory(); b = p.bytes(); held = np.ones(256 * M, np.uint8); print(p.bytes() - b)")
    assert grown > 200


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can forget an earlier peak")
def test_an_earlier_peak_is_forgotten() -> None:
    forgotten = megabytes(
        "held = np.ones(256 * M, np.uint8); high = PeakMemory().bytes(); del held; print(high - PeakMemory().bytes())"
    )
    assert forgotten > 200


def test_a_peak_never_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter([5, 4, 6])
    monkeypatch.setattr("benchmarks.running.memory._told", lambda: next(told))
    peak = PeakMemory()
    assert [peak.bytes(), peak.bytes(), peak.bytes()] == [5, 5, 6]
