"""Sessions: a run says whose code made it, all of it."""

from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.running.sessions import UNKNOWN, Sessions

HERE = {"commit": "a" * 40, "dirty": False}
OTHER = {"commit": "b" * 40, "dirty": False}


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions.beside(tmp_path / "seed0.npz")


def test_each_process_adds_itself(sessions: Sessions) -> None:
    sessions.begin(HERE, resumed=False)
    sessions.begin(OTHER, resumed=True)
    assert sessions.all() == [HERE, OTHER]


def test_a_run_that_begins_anew_forgets_the_others(sessions: Sessions) -> None:
    sessions.begin(HERE, resumed=False)
    sessions.begin(OTHER, resumed=False)
    assert sessions.all() == [OTHER]


def test_a_state_without_a_word_about_its_maker_is_of_unknown_code(sessions: Sessions) -> None:
    sessions.begin(HERE, resumed=True)
    assert sessions.all() == [UNKNOWN, HERE]
    assert not sessions.share(HERE)


def test_what_is_noted_is_of_the_present_process(sessions: Sessions) -> None:
    sessions.begin(HERE, resumed=False)
    sessions.note(peak=3)
    sessions.begin(OTHER, resumed=True)
    assert sessions.largest("peak") == 3
    sessions.note(peak=2)
    sessions.note(other=1)
    assert sessions.all() == [HERE | {"peak": 3}, OTHER | {"peak": 2, "other": 1}]
    assert sessions.largest("peak") == 3
    assert sessions.largest("nothing") is None
    assert sessions.largest_of_all("peak") == 3
    assert sessions.largest_of_all("other") is None


def test_processes_share_a_code_if_it_is_the_same_commit_without_changes(sessions: Sessions) -> None:
    assert not sessions.share(HERE)
    sessions.begin(HERE, resumed=False)
    assert sessions.share(HERE)
    assert not sessions.share(OTHER)
    assert not sessions.share(HERE | {"dirty": True})
    sessions.begin(HERE | {"dirty": True}, resumed=False)
    assert not sessions.share(HERE)


def test_a_damaged_file_is_named(sessions: Sessions) -> None:
    sessions.path.write_text("{")
    with pytest.raises(BenchmarkError, match=sessions.path.name):
        sessions.all()
