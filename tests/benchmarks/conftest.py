"""Fixtures for tests of the benchmarks."""

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from benchmarks.command_line import cli


@dataclass(frozen=True)
class Called:
    """What a command printed and its exit status."""

    status: int
    out: str
    error: str


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Called]:
    """Calls the command line in this process."""

    def called(*words: str) -> Called:
        monkeypatch.setattr(sys, "argv", ["benchmarks", *words])
        monkeypatch.setattr(signal, "signal", lambda *_: None)  # pytest handles the signals of this process
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Called(ended.value.code, printed.out, printed.err)

    return called
