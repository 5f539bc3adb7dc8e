"""Accepting as a command: which records are offered. What may be held is tested with the baselines."""

import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.catalogue import CATALOGUE, select
from benchmarks.command_line.accepting import acceptable
from benchmarks.errors import BenchmarkError
from benchmarks.records.store import RecordStore
from tests.benchmarks.example_records import example_record

MAML = select(["sinusoid/maml"])


def written(folder: Path, **changes: Any) -> None:
    record = example_record(**changes)
    declared = CATALOGUE[record.experiment].definition(record.scale, record.reading)
    record = example_record(**{"definition": declared} | changes)
    RecordStore(folder).write(record, record.arrays)


def test_the_words_of_the_command_choose(tmp_path: Path) -> None:
    for changes in ({"seed": 0}, {"seed": 1}, {"scale": "smoke"}, {"experiment": "sinusoid/oracle"}):
        written(tmp_path, **changes)
    assert [(each.scale, each.seed) for each in acceptable(MAML, tmp_path, None)] == [
        ("paper", 0),
        ("paper", 1),
        ("smoke", 0),
    ]
    assert [(each.scale, each.seed) for each in acceptable(MAML, tmp_path, "smoke")] == [("smoke", 0)]


def test_a_record_of_another_definition_than_the_catalogue_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    written(tmp_path, seed=1, definition="f" * 12)
    now = CATALOGUE["sinusoid/maml"].definition("paper", "code")
    said = (
        f"sinusoid/maml (paper, code, seed 1) was made under definition ffffffffffff, but the catalogue now has {now}"
    )
    with pytest.raises(BenchmarkError, match=f"^{re.escape(said)};"):
        acceptable(MAML, tmp_path, None)
    assert acceptable(select(["sinusoid/oracle"]), tmp_path, None) == []
    assert acceptable(MAML, tmp_path, "smoke") == []
