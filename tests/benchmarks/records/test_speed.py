"""Records of speed: files, verification and acceptance."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.records import speed
from benchmarks.records.storage import json_bytes
from tests.benchmarks.speed.example_records import LIMIT, ORIGIN, ROUNDS, example_growth, example_speed

SPEED, GROWTH = example_speed(), example_growth()


def test_summaries_follow_from_the_rounds() -> None:
    found = speed.summaries(ROUNDS, LIMIT, ["ours-first-order"])
    assert found["median_ms"] == {"ours": 200.0, "ours-first-order": 105.0, "authors": 410.0}
    assert found["spread"] == {"ours": (190.0, 210.0), "ours-first-order": (100.0, 110.0), "authors": (380.0, 440.0)}
    assert found["ratios"] == pytest.approx({"ours-first-order": (100 / 200 + 110 / 210) / 2, "authors": 2.1})
    assert found["share_of_limit"] == pytest.approx({"ours": 0.5, "ours-first-order": 50 / 105, "authors": 100 / 410})


def test_the_limit_is_the_slower_of_operations_and_bytes() -> None:
    assert LIMIT.milliseconds(first_order=False) == pytest.approx(100)
    assert replace(LIMIT, bytes_per_second=1e8).milliseconds(first_order=True) == pytest.approx(1000)


@pytest.mark.parametrize("record", [SPEED, GROWTH], ids=["comparison", "growth"])
def test_a_record_is_read_as_it_was_written(record: speed.AnyRecord, tmp_path: Path) -> None:
    place = speed.write(record, tmp_path / "new")
    assert place == tmp_path / "new" / f"{record.name}.json"
    assert json_bytes(asdict(speed.read(place))) == json_bytes(asdict(record))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"median_ms": {"ours": 1.0}}, "median_ms does not follow from its rounds"),
        ({"ratios": {**SPEED.ratios, "authors": 9.0}}, "ratios does not follow from its rounds"),
        ({"cores": "two"}, "cores is 'two'"),
        ({"rounds_ms": {"authors": [[1.0]]}}, "rounds_ms/authors/0"),
        ({"workload": "other"}, "does not lie where the record 'other' belongs"),
    ],
)
def test_a_faulty_record_is_named(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    place = speed.write(SPEED, tmp_path)
    place.write_text(json.dumps(json.loads(place.read_text()) | changes))
    with pytest.raises(BenchmarkError, match=message) as error:
        speed.read(place)
    assert str(place) in str(error.value)


def test_accepted_records_say_who_accepted_them_and_why(tmp_path: Path) -> None:
    place = speed.write(SPEED, tmp_path / "runs")
    (written,) = speed.accept([place], reason=" quiet machine ", by="Ada", folder=tmp_path / "accepted")
    accepted = speed.read(written).accepted
    assert accepted
    assert (accepted.by, accepted.reason) == ("Ada", "quiet machine")


def test_records_of_uncommitted_code_are_not_accepted(tmp_path: Path) -> None:
    good = speed.write(SPEED, tmp_path / "runs")
    bad = speed.write(replace(GROWTH, provenance=ORIGIN | {"dirty": True}), tmp_path / "runs")
    with pytest.raises(BenchmarkError, match="waves-by-steps was measured with uncommitted code"):
        speed.accept([good, bad], reason="why", by="Ada", folder=tmp_path / "accepted")
    assert not (tmp_path / "accepted").exists()


def test_whether_records_can_be_accepted_is_known_before_they_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.records.provenance.is_dirty", lambda: True)
    with pytest.raises(BenchmarkError, match="not committed"):
        speed.check_before("why", "Ada")
    with pytest.raises(BenchmarkError, match="reason"):
        speed.check_before(" ", "Ada")


def test_fresh_records_are_preferred_and_faulty_ones_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "FOLDER", tmp_path / "accepted")
    for record in (SPEED, GROWTH):
        speed.write(record, tmp_path / "accepted")
    speed.write(replace(SPEED, cores=64), tmp_path / "fresh")
    (tmp_path / "fresh" / "faulty.json").write_text("{}")
    records, problems = speed.shown(tmp_path / "fresh")
    assert [(record.name, record.cores) for record in records] == [("waves", 64), ("waves-by-steps", 2)]
    assert len(problems) == 1
    assert "faulty.json" in problems[0]
