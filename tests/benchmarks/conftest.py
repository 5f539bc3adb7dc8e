"""Fixtures for tests of the catalogue."""

from collections.abc import Callable

import pytest

from tests.benchmarks import command_line
from tests.benchmarks.command_line import Called


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Called]:
    """Calls the command line in this process."""

    def called(*words: str) -> Called:
        return command_line.call(*words, monkeypatch=monkeypatch, capsys=capsys)

    return called
