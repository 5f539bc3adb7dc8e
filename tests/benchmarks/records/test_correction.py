"""Wrong summaries of baselines are computed again, and nothing else changes."""

import json
from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.records import baselines
from benchmarks.records.correction import correct
from tests.benchmarks.example_records import example_record

METRIC = "k-5/1-step"


@pytest.fixture
def wrong(tmp_path: Path) -> tuple[Path, str]:
    """A baseline in which a value was edited, and its text before."""
    (path,) = baselines.accept([example_record(seed=seed) for seed in (0, 1)], reason="r", by="Ada", folder=tmp_path)
    before = path.read_text()
    document = json.loads(before)
    document["records"][1]["metrics"][METRIC]["value"] = 0.25
    path.write_text(json.dumps(document))
    return path, before


def test_a_wrong_number_is_replaced_and_noted(wrong: tuple[Path, str], tmp_path: Path) -> None:
    path, before = wrong
    ((correction,),) = correct([path], reason=" edited ", by="Grace").values()
    assert (correction.seed, correction.metric, correction.before) == (1, METRIC, {"value": 0.25})
    assert (correction.by, correction.reason) == ("Grace", "edited")
    document = json.loads(path.read_text())
    assert len(document.pop("corrections")) == 1
    assert document == json.loads(before)
    (baseline,) = baselines.load(tmp_path)
    assert baseline.corrections == (correction,)


def test_a_correction_is_kept_as_long_as_its_seed(wrong: tuple[Path, str], tmp_path: Path) -> None:
    correct([wrong[0]], reason="edited", by="Grace")
    baselines.accept([example_record(seed=2)], reason="more", by="Ada", folder=tmp_path)
    assert len(baselines.load(tmp_path)[0].corrections) == 1
    baselines.accept([example_record(seed=1)], reason="again", by="Ada", folder=tmp_path)
    assert baselines.load(tmp_path)[0].corrections == ()


def test_a_right_baseline_is_not_touched(tmp_path: Path) -> None:
    (path,) = baselines.accept([example_record()], reason="first", by="Ada", folder=tmp_path)
    before = path.stat().st_mtime_ns
    assert correct([path], reason="none", by="Ada") == {}
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize(("reason", "by"), [(" ", "Ada"), ("edited", "")])
def test_a_correction_needs_a_reason_and_a_name(reason: str, by: str, wrong: tuple[Path, str]) -> None:
    with pytest.raises(BenchmarkError, match=r"; (say why|give a name)"):
        correct([wrong[0]], reason=reason, by=by)
