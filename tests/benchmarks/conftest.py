"""Fixtures for tests of the catalogue."""

from collections.abc import Callable

import pytest

from tests.benchmarks import calls
from tests.benchmarks.calls import Called


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Called]:
    """Calls the command line in this process."""

    def called(*words: str) -> Called:
        return calls.call(*words, monkeypatch=monkeypatch, capsys=capsys)

    return called
