"""Calling the command line from tests."""

import signal
import sys
from dataclasses import dataclass

import pytest

from benchmarks.command_line import cli


@dataclass(frozen=True)
class Called:
    """What a command printed and how it ended."""

    status: int
    out: str
    error: str


def call(*words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Called:
    monkeypatch.setattr(sys, "argv", ["benchmarks", *words])
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # what ends this process is pytest's affair
    with pytest.raises(SystemExit) as ended:
        cli.main()
    printed = capsys.readouterr()
    status = ended.value.code
    assert isinstance(status, int)
    return Called(status, printed.out, printed.err)
