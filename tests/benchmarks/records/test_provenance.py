import re

import pytest

from benchmarks.records import provenance


def test_a_checkout_knows_its_commit() -> None:
    if not (provenance.ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    assert re.fullmatch("[0-9a-f]{40}", provenance.commit())


def test_outside_of_a_checkout_the_commit_is_unknown_and_code_counts_as_dirty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    assert provenance.commit() == "unknown"
    assert provenance.is_dirty()
    assert provenance.author() == ""


def test_packages_and_host_do_not_name_the_machine() -> None:
    assert set(provenance.packages()) >= {"tensorflow", "numpy"}
    assert set(provenance.host()) == {"processor", "cores", "system"}
