"""The loader completes entries with their defaults, and refuses invalid ones with a one-line error."""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.errors import BenchmarkError
from benchmarks.records.references import REFERENCE_RESULTS, load_field, load_layouts, load_references, merge_defaults

KEYS = st.sampled_from(["value", "title", "protocol", "notes"])
VALUES = st.one_of(
    st.none(),
    st.integers(),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.sampled_from("abc"), st.integers(), max_size=3),
)
ENTRIES = st.dictionaries(KEYS, VALUES)


@given(defaults=ENTRIES, entry=ENTRIES)
def test_merging_keeps_the_entry_and_fills_in_the_rest(defaults: dict[str, Any], entry: dict[str, Any]) -> None:
    merged = merge_defaults(defaults, entry)
    assert merged.keys() == defaults.keys() | entry.keys()
    for key, value in merged.items():
        if key not in entry or key not in defaults:
            assert value == {**defaults, **entry}[key]
        elif isinstance(entry[key], dict) and isinstance(defaults[key], dict):
            assert value.items() >= entry[key].items()
            assert value.keys() == entry[key].keys() | defaults[key].keys()
        elif isinstance(entry[key], list) and isinstance(defaults[key], list):
            assert value == defaults[key] + entry[key]
        else:
            assert value == entry[key]


@given(first=ENTRIES, second=ENTRIES)
def test_merging_changes_neither_side(first: dict[str, Any], second: dict[str, Any]) -> None:
    before = json.dumps([first, second])
    merge_defaults(first, second)
    assert json.dumps([first, second]) == before
    assert merge_defaults({}, second) == second
    assert merge_defaults(first, {}) == first


ENTRY: dict[str, Any] = {"id": "table-9/maml/1-step", "title": "t", "value": 1.5}
DEFAULTS: dict[str, Any] = {
    "metric": "mse",
    "unit": "MSE",
    "better": "lower",
    "known": "printed",
    "source": "Table 9",
    "protocol": {"shot": {"value": 5, "source": "caption"}},
}


def _write(path: Path, defaults: dict[str, Any], *groups: tuple[dict[str, Any], list[Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    groups_of_file = [{"defaults": d, "entries": e} for d, e in groups]
    document = {"schema": 1, "about": ["Made up."], "defaults": defaults, "groups": groups_of_file}
    path.write_text(json.dumps(document), encoding="utf-8")


def test_files_are_read_in_the_order_of_the_paper(tmp_path: Path) -> None:
    for name in ("claims", "figure_3", "table_2", "other", "table_1"):
        _write(tmp_path / "paper" / f"{name}.json", DEFAULTS, ({}, [{**ENTRY, "id": f"{name}/maml".replace("_", "-")}]))
    sections = [reference.partition("/")[0] for reference in load_references(tmp_path)]
    assert sections == ["table-1", "table-2", "figure-3", "claims", "other"]


def test_defaults_of_file_group_and_entry_are_merged(tmp_path: Path) -> None:
    group = {"protocol": {"way": {"value": 20, "source": "column"}}, "source": "Table 9, bottom"}
    entry = {**ENTRY, "notes": ["n"], "protocol": {"shot": {"value": 1, "source": "column"}}}
    _write(tmp_path / "paper" / "table_9.json", DEFAULTS, (group, [entry]))
    reference = load_references(tmp_path)[ENTRY["id"]]
    assert reference.source == "Table 9, bottom"
    assert reference.notes == ("n",)
    assert {key: setting["value"] for key, setting in reference.protocol.items()} == {"shot": 1, "way": 20}


def test_a_field_result_is_repeated_for_each_of_its_references(tmp_path: Path) -> None:
    defaults = {"kind": "variant", "known": "reported", "source": "s", "setting": "x"}
    entry = {"references": ["a/a", "b/b"], "value": None, "range": [1, 2]}
    _write(tmp_path / "field" / "x.json", defaults, ({}, [entry, {"references": ["b/b"], "value": 3.0}]))
    results = load_field(tmp_path)
    assert {key: [(r.value, r.range) for r in field_results] for key, field_results in results.items()} == {
        "a/a": [(None, (1, 2))],
        "b/b": [(None, (1, 2)), (3.0, None)],
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": "1.5"}, "value is '1.5'; expected `int | float | null`"),
        ({"value": True}, "value is True; expected `int | float | null`"),
        (
            {"summary": {"mean": 1, "standard_deviation": 1, "tasks": 2, "half_width": 1, "band_68": "wide"}},
            "summary/band_68 is 'wide'; expected `array`",
        ),
        ({"plus_minus": "1"}, "plus_minus is '1'; expected `int | float | null`"),
        ({"metric": "loss"}, "metric is 'loss'; allowed are 'mse', 'accuracy'"),
        ({"known": "guessed"}, "known is 'guessed'; allowed are 'printed'"),
        ({"better": "up"}, "better is 'up'; allowed are 'lower', 'higher', None"),
        ({"colour": "red"}, "unknown field 'colour'; allowed are better, id"),
        ({"value": math.inf}, "Infinity is not strict JSON"),
        ({"id": "Table 9"}, "id is 'Table 9'; expected `str` matching regex"),
        ({"notes": [""]}, "notes/0 is ''; expected `str` of length >= 1"),
        ({"protocol": {"shot": {"value": 5, "source": 3}}}, "protocol/shot/source is 3; expected `str`"),
        ({"protocol": {"shot": {"text": {"value": 5}}}}, "protocol/shot/text: object missing required field `source`"),
    ],
)
def test_a_broken_entry_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    _write(tmp_path / "paper" / "table_9.json", DEFAULTS, ({}, [{**ENTRY, **change}]))
    with pytest.raises(BenchmarkError) as raised:
        load_references(tmp_path)
    assert "table_9.json" in str(raised.value)
    assert message in str(raised.value)


@pytest.mark.parametrize("key", ["id", "title", "value"])
def test_a_missing_field_is_named(tmp_path: Path, key: str) -> None:
    entry = {name: value for name, value in ENTRY.items() if name != key}
    _write(tmp_path / "paper" / "table_9.json", DEFAULTS, ({}, [entry]))
    with pytest.raises(BenchmarkError, match=rf"table_9.json: .*missing required field `{key}`"):
        load_references(tmp_path)


@pytest.mark.parametrize("change", [{"id": "a" * 100_000}, {"a" * 100_000: 1}, {"title": ["a" * 100_000]}])
def test_a_huge_string_is_quoted_in_part(tmp_path: Path, change: dict[str, Any]) -> None:
    _write(tmp_path / "paper" / "table_9.json", DEFAULTS, ({}, [ENTRY | change]))
    with pytest.raises(BenchmarkError, match=r"table_9.json: ") as raised:
        load_references(tmp_path)
    assert len(str(raised.value).partition("allowed")[0]) < 500


def test_an_id_used_twice_is_refused(tmp_path: Path) -> None:
    _write(tmp_path / "paper" / "table_9.json", DEFAULTS, ({}, [ENTRY]), ({}, [ENTRY]))
    with pytest.raises(BenchmarkError, match=r"table_9.json: the id 'table-9/maml/1-step' is used twice"):
        load_references(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"3",
        b"\xff\xfe",
        b'{"groups": []',
        b'{"defaults": {}, "groups": [{"entries": [3]}]}',
    ],
)
@pytest.mark.parametrize(("folder", "load"), [("paper", load_references), ("field", load_field)])
def test_a_broken_file_is_named(tmp_path: Path, folder: str, load: Any, content: bytes) -> None:
    path = tmp_path / folder / "table_9.json"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(BenchmarkError) as raised:
        load(tmp_path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.exit_status == 2


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "paper" / "table_9.json"
    path.mkdir(parents=True)
    with pytest.raises(BenchmarkError, match=r"table_9.json: .*directory"):
        load_references(tmp_path)


@pytest.mark.parametrize("load", [load_references, load_field])
def test_a_missing_folder_is_named(tmp_path: Path, load: Any) -> None:
    with pytest.raises(BenchmarkError, match=r"no reference data found; a folder with \*.json"):
        load(tmp_path)


def test_loading_needs_no_large_library() -> None:
    script = (
        "import sys, benchmarks.records.references as r; r.load_references(); r.load_field();"
        "sys.exit(', '.join({'pandas', 'jsonschema', 'tensorflow'} & sys.modules.keys()) or 0)"
    )
    root = str(REFERENCE_RESULTS.parent)
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_values_of_others_after_each_step_are_read() -> None:
    results = load_field()["table-1/maml/mini-imagenet-5-way-1-shot"]
    curves = [result.after_steps for result in results if result.after_steps]
    assert curves[0][0] == 20.2
    assert curves[1][:2] == (None, 35.0)
    assert all(len(curve) == 11 and curve[-1] == pytest.approx(46.4, abs=0.05) for curve in curves)


def test_the_layouts_of_the_paper_hold_every_number_once() -> None:
    references = load_references()
    layouts = load_layouts()
    assert list(layouts) == sorted(layouts, key=lambda name: (name[:5] != "table", name))
    for name, blocks in layouts.items():
        cells = [cell for block in blocks for row in block.rows for cell in block.cells(row)]
        known = [cell for cell in cells if cell in references]
        assert len(set(known)) == len(known)
        own = {id_ for id_, reference in references.items() if id_.startswith(f"{name}/")}
        assert {id_ for id_ in own if references[id_].metric != "picture"} <= set(known)


def test_a_repeated_number_equals_the_one_in_a_table() -> None:
    references = load_references()
    repeated = {id_: reference for id_, reference in references.items() if reference.same_as}
    assert len(repeated) == 16
    for id_, reference in repeated.items():
        original = references[str(reference.same_as)]
        assert original.id.startswith("table-")
        assert not original.same_as
        assert (id_, reference.value) == (id_, original.value)
