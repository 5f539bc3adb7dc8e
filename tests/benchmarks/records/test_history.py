"""Tests of the history of accepted baselines."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from benchmarks.records import history
from benchmarks.records.baselines import load
from benchmarks.records.history import Version, by_baseline, parse_batch, parse_log
from benchmarks.records.provenance import ROOT

LOG = """commit:aaa 2026-11-21T10:00:00+00:00

reference_results/baselines/wave/maml/paper-code.json
reference_results/baselines/wave/oracle/paper-code.json
commit:bbb 2026-11-22T10:00:00+00:00

reference_results/baselines/wave/maml/paper-code.json
"""


def document(*values: Any, definition: str = "0123") -> bytes:
    records = [
        {"definition": definition, "metrics": {"k-5/1-step": {"value": value, "median": 0.1}}} for value in values
    ]
    return json.dumps({"records": records}).encode()


def batch(*contents: bytes | None) -> bytes:
    """Returns what `git cat-file --batch` prints for these contents; None is a missing object."""
    parts = (b"x missing\n" if one is None else b"123 blob %d\n%s\n" % (len(one), one) for one in contents)
    return b"".join(parts)


def fake_git(log: str, objects: bytes, shallow: bool = False) -> history.Git:
    def git(arguments: Sequence[str], given: bytes) -> bytes | None:
        answers = {"log": log.encode(), "cat-file": objects, "rev-parse": b"true\n" if shallow else b"false\n"}
        return answers[arguments[0]]

    return git


def test_the_log_names_the_baselines_of_each_commit() -> None:
    assert [(version.commit, version.when[:10], version.path) for version in parse_log(LOG)] == [
        ("aaa", "2026-11-21", "wave/maml/paper-code"),
        ("aaa", "2026-11-21", "wave/oracle/paper-code"),
        ("bbb", "2026-11-22", "wave/maml/paper-code"),
    ]
    assert parse_log("") == []


def test_contents_may_hold_lines_and_missing_ones_are_empty() -> None:
    assert list(parse_batch(batch(b"a\n1 blob 3\n", None, b"", b"c"))) == [b"a\n1 blob 3\n", b"", b"", b"c"]


def test_versions_have_means_over_seeds_oldest_first() -> None:
    contents = (document(0.4, 0.6), b"no json", document(0.5, definition="4567"))
    versions = by_baseline(parse_log(LOG), contents)
    assert list(versions) == ["wave/maml/paper-code"]
    first, last = versions["wave/maml/paper-code"]
    assert (first.commit, first.values, first.seeds) == ("aaa", {"k-5/1-step": 0.5}, 2)
    assert first.medians == {"k-5/1-step": 0.1}
    assert (last.commit, last.definition, last.seeds) == ("bbb", "4567", 1)


@pytest.mark.parametrize("value", ["inf", "nan", None])
def test_a_mean_with_a_diverged_seed_is_none(value: Any) -> None:
    [version] = by_baseline([Version(commit="a", when="", path="x")], [document(0.4, value)])["x"]
    assert version.values == {"k-5/1-step": None}


@pytest.mark.parametrize("content", [b"", b"[]", b'{"records": []}', b'{"records": [{}]}', b'{"records": 3}'])
def test_a_file_that_is_no_baseline_is_left_out(content: bytes) -> None:
    assert by_baseline([Version(commit="a", when="", path="x")], [content]) == {}


def test_a_full_checkout_needs_no_note_and_a_shallow_one_has_one() -> None:
    objects = batch(document(0.4), document(0.5), document(0.6))
    assert history.read(fake_git(LOG, objects)).note == ""
    assert "only recent commits" in history.read(fake_git(LOG, objects, shallow=True)).note
    plain = history.read(fake_git(LOG, objects)).to_json()
    assert [version["values"] for version in plain["baselines"]["wave/maml/paper-code"]] == [
        {"k-5/1-step": 0.4},
        {"k-5/1-step": 0.6},
    ]


def test_a_file_that_git_lost_is_left_out() -> None:
    found = history.read(fake_git(LOG, batch(None, document(0.5), document(0.6))))
    assert [version.commit for version in found.versions["wave/maml/paper-code"]] == ["bbb"]


@pytest.mark.parametrize(("log", "objects", "reason"), [("", b"", "no checkout"), (LOG, b"", "git could not read")])
def test_without_a_history_there_is_a_note(log: str, objects: bytes, reason: str) -> None:
    found = history.read(fake_git(log, objects))
    assert found.versions == {}
    assert reason in found.note


def test_without_git_there_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert "no checkout" in history.read().note


def test_the_last_version_of_this_checkout_is_what_is_accepted() -> None:
    found = history.read()
    if found.note:
        pytest.skip(found.note)
    status = history.run_git(("status", "--porcelain", "--", history.FOLDER))
    if status:
        pytest.skip("a baseline is not committed")
    for baseline in load(ROOT / history.FOLDER):
        record = baseline.records[0]
        last = found.versions[f"{record.experiment}/{record.scale}-{record.reading}"][-1]
        assert (last.definition, last.seeds) == (record.definition, len(baseline.records))
