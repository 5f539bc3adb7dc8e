"""The reference data has the form of its schemas, is consistent, and equals a second copy."""

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from benchmarks.records import baselines, schema
from benchmarks.records.references import REFERENCE_RESULTS, load_field, load_references
from tests.benchmarks.printed import CELLS, OMNIGLOT, STEPS

REFERENCES = load_references()
FIELD = load_field()
FILES = sorted(path for folder in ("paper", "field") for path in (REFERENCE_RESULTS / folder).glob("*.json"))
SCHEMAS = schema.schemas()
NUMBERLESS = ("statement", "picture")
COUNTS = {
    "table-1": 36,
    "table-2": 15,
    "table-3": 4,
    "table-4": 8,
    "table-5": 8,
    "figure-2": 4,
    "figure-3": 3 * 11,
    "figure-4": 3 * 5 + 1 + 2,
    "figure-5": 4 * (3 * 4 + 1),
    "figure-6": 3 * 3 * 11,
    "figure-7": 4,
    "claim": 22,
}


def _dense(count: int, *sizes: int) -> int:
    """Returns the number of parameters of consecutive layers, with `count` kernels per pair of sizes."""
    return sum(count * below * above + above for below, above in pairwise(sizes))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_file_has_the_form_of_its_schema(path: Path) -> None:
    kind = SCHEMAS[f"{path.parent.name}.json"]
    Draft202012Validator(kind).validate(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


def test_schemas_are_those_of_the_types() -> None:
    assert {path.name for path in schema.FOLDER.iterdir()} == SCHEMAS.keys()
    for name, text in schema.texts().items():
        command = "python -m benchmarks.records.schema"
        assert (schema.FOLDER / name).read_text(encoding="utf-8") == text, f"{name} is outdated; run {command}"


def test_every_reference_is_consistent() -> None:
    for reference in REFERENCES.values():
        numberless = reference.metric in NUMBERLESS
        assert (reference.unit is None) == numberless, reference.id
        assert (reference.value is None) == (numberless or reference.known == "unpublished"), reference.id
        assert reference.better is None or not numberless, reference.id
        assert reference.plus_minus is None or reference.value is not None, reference.id
        for setting in reference.protocol.values():
            assert setting.keys() in ({"value", "source"}, {"text", "code"}), reference.id


def test_every_field_result_is_consistent_and_answers_to_a_reference() -> None:
    for identifier, results in FIELD.items():
        assert identifier in REFERENCES
        for result in results:
            assert result.reference == identifier
            assert any(entry is not None for entry in (result.value, result.range, result.note))


@pytest.mark.parametrize("path", sorted(baselines.FOLDER.rglob("*.json")), ids=lambda path: path.parent.name)
def test_baseline_has_the_form_of_its_schema(path: Path) -> None:
    Draft202012Validator(SCHEMAS["baseline.json"]).validate(json.loads(path.read_text(encoding="utf-8")))


def test_order_and_counts() -> None:
    sections = [identifier.partition("/")[0] for identifier in REFERENCES]
    assert list(dict.fromkeys(sections)) == list(COUNTS)
    assert {section: sections.count(section) for section in COUNTS} == COUNTS


@pytest.mark.parametrize(("identifier", "cell"), CELLS, ids=[identifier for identifier, _ in CELLS])
def test_value_equals_the_second_copy(identifier: str, cell: str) -> None:
    value, _, half_width = cell.partition("±")
    reference = REFERENCES[identifier]
    assert reference.value == float(value)
    assert reference.plus_minus == (float(half_width) if half_width else None)


def test_the_second_copy_leaves_no_value_of_tables_and_returns_out() -> None:
    sections = ("table-", "figure-4/", "figure-5/")
    numbers = {r.id for r in REFERENCES.values() if r.id.startswith(sections) and r.value is not None}
    assert numbers == {identifier for identifier, _ in CELLS}


def test_a_half_width_has_a_meaning() -> None:
    for reference in REFERENCES.values():
        assert (reference.plus_minus is None) == (reference.plus_minus_meaning is None), reference.id


@pytest.mark.parametrize(
    ("table", "figure", "steps"),
    [
        ("table-4/maml", "figure-4/maml", STEPS[:4]),
        ("table-5/maml", "figure-5/cheetah-direction/maml", STEPS[:4]),
        ("table-2/maml", "figure-6/k-5/maml", ["1-step", "5-steps", "10-steps"]),
        ("table-2/pretrained", "figure-6/k-5/pretrained", ["1-step", "5-steps", "10-steps"]),
        ("table-1/maml", "table-3/maml", OMNIGLOT[:2]),
    ],
)
def test_numbers_that_the_paper_prints_twice_are_equal(table: str, figure: str, steps: list[str]) -> None:
    for step in steps:
        assert REFERENCES[f"{table}/{step}"].value == REFERENCES[f"{figure}/{step}"].value is not None


def test_sinusoid_curves_hold_only_what_table_2_prints() -> None:
    curves = [r for r in REFERENCES.values() if r.id.startswith(("figure-3/", "figure-6/"))]
    known = {r.id for r in curves if r.value is not None}
    assert known == {
        f"figure-6/k-5/{method}/{step}"
        for method in ("maml", "pretrained")
        for step in ("1-step", "5-steps", "10-steps")
    }
    assert all(r.known == ("printed" if r.id in known else "unpublished") for r in curves)


def test_steps_of_an_id_equal_those_of_its_protocol() -> None:
    for reference in REFERENCES.values():
        last = reference.id.rpartition("/")[2]
        if last.endswith(("-step", "-steps")):
            assert reference.protocol["steps"]["value"] == int(last.partition("-")[0]), reference.id


def test_summaries_of_raw_results_agree_with_their_values() -> None:
    summarised = [r for r in REFERENCES.values() if r.known == "authors-raw-results"]
    assert len(summarised) == 3 * 5 + 1 + 4 * (3 * 4 + 1)
    for reference in summarised:
        summary = reference.summary
        assert summary is not None
        assert reference.value == pytest.approx(summary["mean"], abs=0.00501)
        assert reference.plus_minus == pytest.approx(summary["half_width"], abs=0.00501)
        spread = 1.96 * summary["standard_deviation"] / math.sqrt(summary["tasks"])
        assert summary["half_width"] == pytest.approx(spread, abs=1e-4)
        low, high = summary.get("band_68", (-math.inf, math.inf))
        assert low < summary["mean"] < high


def test_parameter_counts_follow_from_the_networks() -> None:
    embedding = _dense(9, 1, 64, 64, 64, 64) + 4 * 64
    mini_embedding = _dense(9, 3, 32, 32, 32, 32) + 4 * 32
    expected = {
        "omniglot-conv-5-way": embedding + _dense(1, 64, 5),
        "omniglot-conv-20-way": embedding + _dense(1, 64, 20),
        "omniglot-no-conv-5-way": _dense(1, 784, 256, 128, 64, 64, 5) + 256 + 128 + 64 + 64,
        "mini-imagenet-5-way": mini_embedding + _dense(1, 800, 5),
        "sinusoid": _dense(1, 1, 40, 40, 1),
        "policy-navigation": _dense(1, 2, 100, 100, 2) + 2,
        "policy-cheetah": _dense(1, 20, 100, 100, 6) + 6,
        "policy-ant": _dense(1, 125, 100, 100, 8) + 8,
    }
    counts = {key: r.value for key, r in REFERENCES.items() if r.metric == "count"}
    assert counts == {f"claim/parameters-{name}": count for name, count in expected.items()}


def test_both_readings_of_the_inner_learning_rate_are_given() -> None:
    rate = REFERENCES["table-2/maml/5-steps"].protocol["inner_learning_rate"]
    assert (rate["text"]["value"], rate["code"]["value"]) == (0.01, 0.001)


@pytest.mark.parametrize(
    ("identifier", "source", "value", "plus_minus"),
    [
        ("table-1/maml/mini-imagenet-5-way-1-shot", "cbfinn/maml issue 32", 46.37, 1.83),
        ("table-1/maml/mini-imagenet-5-way-5-shot", "cbfinn/maml issue 7", 61.03, None),
        ("table-1/maml-first-order/mini-imagenet-5-way-1-shot", "Bronskill", 45.5, 1.8),
        ("table-1/maml/omniglot-20-way-1-shot", "Nichol", 89.4, 0.5),
        ("table-1/maml/omniglot-20-way-5-shot", "Raghu", 96.4, 0.1),
        ("table-1/maml-no-conv/omniglot-5-way-5-shot", "PaddleFSL", 97.5, 0.47),
        ("table-3/maml/omniglot-5-way-1-shot", "tristandeleu", 99.6, None),
        ("table-2/maml/5-steps", "independent check", 0.397, None),
        ("table-5/maml/1-step", "Raghu", 170.4, 21.0),
    ],
)
def test_field_value_equals_the_second_copy(
    identifier: str, source: str, value: float, plus_minus: float | None
) -> None:
    found = [(r.value, r.plus_minus) for r in FIELD[identifier] if r.source.startswith(source)]
    assert found[0] == (value, plus_minus)


def test_values_quoted_from_memory_are_marked_unverified() -> None:
    for reference in REFERENCES.values():
        for text in (reference.source, *reference.notes, json.dumps(dict(reference.protocol))):
            assert ("memory" in text.lower()) <= ("unverified" in text.lower()), reference.id
    for result in (result for results in FIELD.values() for result in results):
        note = result.note or ""
        assert ("memory" in note.lower()) <= ("unverified" in note.lower() or result.known == "unverified")
    assert {r.source for results in FIELD.values() for r in results if r.known == "unverified"} == {
        "Antoniou et al. 2018 (MAML++)",
        "Chen et al. 2019",
    }
