"""Tests of the squares that set the paper's numbers against ours."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from reports import agreement
from reports.agreement import Square
from tests.reports.sample import sample
from tests.reports.sample_rows import row


def pair(paper: float, ours: float | None, verdict: str = "reproduced", **changes: Any) -> dict[str, Any]:
    return row(f"table-9/maml/{paper:g}", "MAML", verdict, paper=paper, ours=ours, per_seed=[ours], **changes)


def squares(*rows: dict[str, Any]) -> tuple[Square, ...]:
    return agreement.squares({"rows": rows})


def marks(square: Square) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(agreement.agreement_chart(square))
    return [item for item in root.iter() if "pair-mark" in item.attrib.get("class", "")]


def test_one_square_for_each_unit_of_several_numbers_that_are_compared() -> None:
    accuracies = [pair(90.0, 91.0, unit="%"), pair(95.0, 94.0, unit="%")]
    shown = squares(pair(0.4, 0.5), pair(0.7, 0.6), pair(0.3, 0.3, unit="fraction"), *accuracies)
    assert [(square.title, len(square.rows)) for square in shown] == [("Mean squared error", 2), ("Accuracy, %", 2)]


def test_numbers_without_a_partner_of_a_reduced_run_or_printed_twice_are_not_drawn() -> None:
    others = [pair(0.9, None), pair(0.8, 0.5, "not comparable"), pair(0.7, 0.6, same_as="table-2/maml/1-step")]
    [square] = squares(pair(0.4, 0.5), pair(0.6, 0.6), *others)
    assert [item["paper"] for item in square.rows] == [0.4, 0.6]


def test_what_is_not_drawn_is_counted_in_words() -> None:
    rows = [pair(0.4, 0.5), pair(0.6, 0.6), pair(0.8, 0.5, "not comparable"), pair(0.3, 0.3, unit="fraction")]
    sentence = "Not drawn: 1 measured at a reduced scale or with other settings and 1 alone in its unit."
    assert agreement.left_out({"rows": rows}) == sentence
    assert agreement.left_out({"rows": rows[:2]}) == ""


def test_equal_numbers_lie_on_the_diagonal_and_higher_ones_above_it() -> None:
    [square] = squares(pair(0.4, 0.4), pair(2.0, 2.0), pair(0.7, 1.4))
    equal, same, higher = ((float(mark.attrib["cx"]), 250.0 - float(mark.attrib["cy"])) for mark in marks(square))
    assert equal[0] == pytest.approx(equal[1])
    assert same[0] == pytest.approx(same[1])
    assert higher[1] > higher[0] + 10


@pytest.mark.parametrize("values", [(-300.0, 80.0), (-3.0, 1.0)])
def test_returns_of_both_signs_share_one_scale(values: tuple[float, float]) -> None:
    [square] = squares(*(pair(value, value, unit="return") for value in values))
    for mark in marks(square):
        assert 5.0 < float(mark.attrib["cx"]) < 245.0
        assert float(mark.attrib["cx"]) == pytest.approx(250.0 - float(mark.attrib["cy"]), abs=0.11)


def test_an_error_of_zero_has_no_logarithm_and_is_drawn_all_the_same() -> None:
    [square] = squares(pair(0.4, 0.0), pair(2.0, 2.0))
    assert all(0 < float(mark.attrib["cy"]) < 250 for mark in marks(square))


def test_each_verdict_has_its_shape() -> None:
    names = ("reproduced", "above", "below", "inconclusive")
    [square] = squares(*(pair(0.5, 0.5, name) for name in names))
    dot, above, below, undecided = marks(square)
    assert (dot.tag, undecided.tag) == ("circle", "circle")
    assert "ring" in undecided.attrib["class"].split()
    assert "ring" not in dot.attrib["class"].split()
    tips = [re.findall(r"l-5 (-?\d)", mark.attrib["d"]) for mark in (above, below)]
    assert tips == [["-8"], ["8"]]
    words = ["above, worse", "below, better", "inconclusive", "reproduced"]
    assert [name for _, name in agreement.marks([square])] == words


def test_every_pair_is_in_the_name_and_in_a_tooltip() -> None:
    [square] = squares(pair(98.7, 99.1, unit="%", plus_minus=0.4, half_width_tasks=0.38), pair(90.0, 91.0, unit="%"))
    root = ElementTree.fromstring(agreement.agreement_chart(square))
    text = "MAML: paper 98.7 ± 0.4, ours 99.10 ± 0.38, reproduced"
    assert text in root.attrib["aria-label"]
    assert text in [item.text for item in root.iter() if item.tag == "title"]


def test_our_half_width_is_over_seeds_where_there_are_three() -> None:
    [square] = squares(
        pair(0.4, 0.5, seeds=3, half_width_tasks=0.1, half_width_seeds=0.02),
        pair(0.9, 0.8, seeds=2, half_width_tasks=0.1, half_width_seeds=0.9),
    )
    assert "ours 0.500 ± 0.020" in agreement.agreement_chart(square)
    assert "ours 0.800 ± 0.100" in agreement.agreement_chart(square)


def test_the_sample_has_a_square_of_errors() -> None:
    [square] = agreement.squares(sample())
    assert square.title == "Mean squared error"
