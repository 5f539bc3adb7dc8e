"""Tests of the seed strip."""

import math
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import seed_strips
from tests.reports.sample_rows import row

SIZES = st.floats(min_value=-1e200, max_value=1e200)
SPREADS = st.none() | st.floats(min_value=0, max_value=1e200)


def strip(**changes: Any) -> ElementTree.Element:
    return ElementTree.fromstring(seed_strips.seed_strip(row("table-2/maml/5-steps", "MAML", "reproduced", **changes)))


def drawn(root: ElementTree.Element, style: str) -> list[ElementTree.Element]:
    return [item for item in root.iter() if item.attrib.get("class", "") == style]


def test_a_strip_shows_every_seed_and_the_interval_of_the_paper() -> None:
    root = strip(paper=0.38, plus_minus=0.05, per_seed=[0.36, 0.4, 0.41], ours=0.39, half_width_seeds=0.03)
    assert len(drawn(root, "seed")) == 3
    assert float(drawn(root, "paper-band")[0].attrib["width"]) > 50
    assert len(drawn(root, "ours-mark")) == 1
    assert root.attrib["aria-label"] == ("paper 0.38 ± 0.05; our seeds 0.360, 0.400, 0.410; mean 0.390 ± 0.030")


def test_seeds_lie_where_their_values_say() -> None:
    root = strip(paper=0.38, per_seed=[0.36, 0.38, 0.42])
    places = [float(item.attrib["cx"]) for item in drawn(root, "seed")]
    centre = float(re.findall(r"M([\d.]+)", drawn(root, "paper-mark")[0].attrib["d"])[0])
    assert places[0] < places[1] < places[2]
    assert places[1] == pytest.approx(centre, abs=0.1)


@pytest.mark.parametrize("far", [None, math.inf, math.nan, 5e14, 40.0])
def test_a_diverged_seed_becomes_an_arrow_and_leaves_room_for_the_others(far: float | None) -> None:
    root = strip(paper=0.38, plus_minus=0.05, per_seed=[0.36, 0.41, far])
    places = [float(item.attrib["cx"]) for item in drawn(root, "seed")]
    assert len(drawn(root, "seed beyond")) == 1
    assert places[1] - places[0] > 40


def test_an_arrow_points_to_the_side_where_the_seed_lies() -> None:
    root = strip(paper=0.38, plus_minus=0.05, per_seed=[0.36, 0.41, -40.0])
    assert drawn(root, "seed beyond")[0].attrib["d"].endswith("l-6-4Z")


def test_field_values_inside_the_strip_are_marked_with_their_source() -> None:
    field = [{"source": f"source {n}", "value": value, "plus_minus": None} for n, value in enumerate((0.4, 9.0))]
    marked = drawn(strip(paper=0.38, plus_minus=0.05, per_seed=[0.36], field=field), "field-mark")
    assert [item[0].text for item in marked] == ["source 0: 0.4"]


def test_without_seeds_there_is_no_strip() -> None:
    assert seed_strips.seed_strip(row("table-2/maml/5-steps", "MAML", "not run", paper=0.38)) == ""


def test_a_reduced_run_is_not_drawn_beside_the_paper() -> None:
    reduced = row("table-1/maml/omniglot-5-way-1-shot", "MAML", "not comparable", paper=98.7, per_seed=[71.1])
    assert seed_strips.seed_strip(reduced) == ""
    assert seed_strips.seed_strip(reduced | {"verdict": "inconclusive"})


def test_the_example_shows_every_symbol() -> None:
    root = ElementTree.fromstring(seed_strips.example_strip())
    for style in ("paper-band", "paper-mark", "field-mark", "seed", "seed beyond", "ours-spread", "ours-mark"):
        assert drawn(root, style), style


@settings(deadline=None)
@given(
    st.none() | SIZES,
    SPREADS,
    st.lists(st.none() | st.floats(width=32), min_size=1, max_size=12),
    st.none() | SIZES,
    SPREADS,
)
def test_any_strip_is_well_formed_and_holds_only_finite_numbers(
    paper: float | None,
    plus_minus: float | None,
    per_seed: list[float | None],
    ours: float | None,
    spread: float | None,
) -> None:
    root = strip(paper=paper, plus_minus=plus_minus, per_seed=per_seed, ours=ours, half_width_seeds=spread)
    assert len(drawn(root, "seed")) + len(drawn(root, "seed beyond")) == len(per_seed)
    for item in root.iter():
        assert not re.search("nan|inf|None", " ".join(item.attrib.values()))
