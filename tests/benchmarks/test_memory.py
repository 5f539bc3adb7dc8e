import sys

import numpy as np
import pytest

from benchmarks.memory import PeakMemory

MEGABYTE = 2**20


def test_the_peak_grows_with_what_is_held() -> None:
    peak = PeakMemory()
    before = peak.bytes()
    held = np.ones(64 * MEGABYTE, np.uint8)
    assert peak.bytes() - before > 32 * MEGABYTE
    assert held.sum() == 64 * MEGABYTE


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can forget an earlier peak")
def test_an_earlier_peak_is_forgotten() -> None:
    held = np.ones(256 * MEGABYTE, np.uint8)
    high = PeakMemory().bytes()
    del held
    assert high - PeakMemory().bytes() > 128 * MEGABYTE
