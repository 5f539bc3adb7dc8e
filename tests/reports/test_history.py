"""Tests of the history of accepted numbers."""

from typing import Any
from xml.etree import ElementTree

from reports import history
from reports.builder import render
from tests.reports.pages import Page
from tests.reports.sample import sample

METRIC, BASELINE = "k-5/5-steps", "sinusoid/maml/paper-code"


def version(commit: str, value: float | None, definition: str = "3fa9") -> dict[str, Any]:
    when = f"2026-11-0{ord(commit) - ord('a') + 1}T09:44:41+00:00"
    numbers = {"values": {METRIC: value}, "medians": {METRIC: value and value / 2}}
    return {"commit": commit, "when": when, "definition": definition, "seeds": 3, **numbers}


def data(*versions: dict[str, Any], note: str = "") -> dict[str, Any]:
    return sample() | {"history": {"note": note, "baselines": {BASELINE: list(versions)}}}


def row(**changes: Any) -> dict[str, Any]:
    return {**sample()["rows"][0], **changes}


def drawn(*versions: dict[str, Any], **changes: Any) -> ElementTree.Element:
    points = history.of_row(data(*versions), row())
    return ElementTree.fromstring(history.history_chart(points, row(**changes)))


def classed(root: ElementTree.Element, style: str) -> list[ElementTree.Element]:
    return [item for item in root.iter() if style in item.attrib.get("class", "").split()]


def test_a_row_has_the_versions_of_its_metric_in_its_accepted_baseline() -> None:
    held = data(version("a", 0.4), version("b", 0.5))
    assert [point.value for point in history.of_row(held, row())] == [0.4, 0.5]
    assert [point.value for point in history.of_row(held, row(by_median=True))] == [0.2, 0.25]
    assert history.of_row(held, row(origin="fresh record")) == ()
    assert history.of_row(held, row(metric="k-5/1-step")) == ()
    assert history.of_row(held, row(reading="text")) == ()
    assert history.of_row(sample(), row()) == ()


def test_later_versions_lie_further_right_and_larger_ones_higher() -> None:
    first, last = classed(drawn(version("a", 0.4), version("b", 0.5)), "dot")
    assert float(first.attrib["cx"]) < float(last.attrib["cx"])
    assert float(first.attrib["cy"]) > float(last.attrib["cy"])


def test_a_line_joins_numbers_of_one_definition_only() -> None:
    versions = [version("a", 0.4), version("b", 0.5), version("c", 0.6, "4567")]
    joined, alone = classed(drawn(*versions), "line")
    assert joined.attrib["d"].count("L") == 1
    assert alone.attrib["d"].count("L") == 0


def test_the_printed_number_is_a_line_unless_the_run_is_not_comparable() -> None:
    versions = [version("a", 0.4), version("b", 0.5)]
    assert len(classed(drawn(*versions), "zero")) == 1
    assert classed(drawn(*versions, verdict="not comparable"), "zero") == []


def test_every_version_is_in_the_name() -> None:
    label = drawn(version("a", 0.4), version("b", None), version("c", 0.5)).attrib["aria-label"]
    assert "2026-11-01, commit a: 0.400, 3 seeds, definition 3fa9" in label
    assert "2026-11-02, commit b: diverged" in label


def test_a_number_that_was_accepted_once_has_words_and_no_chart() -> None:
    page = Page(render(data(version("a", 0.4))))
    assert "chart history" not in page.values("class")
    captions = [item.text for item in page.all("figcaption")]
    assert "Accepted: 2026-11-01, commit a: 0.400, 3 seeds, definition 3fa9." in captions


def test_several_versions_are_drawn_in_the_fold_of_the_row() -> None:
    page = Page(render(data(version("a", 0.4), version("b", 0.5))))
    assert page.values("class").count("chart history") == 1
    assert f"history:{row()['reference']}" in page.values("id")


def test_a_note_stands_above_the_rows() -> None:
    [lead] = [item.text for item in Page(render(data(note="No history."))).all("p") if "with our seeds" in item.text]
    assert lead.endswith("or search. No history.")


def test_the_metrics_of_an_experiment_that_was_accepted_again_have_small_charts() -> None:
    page = Page(render(data(version("a", 0.4), version("b", 0.5))))
    assert page.values("class").count("chart history small") == 1
    assert "2026-11-01: 0.400; 2026-11-02: 0.500" in page.values("aria-label")
    heads = [item.text for item in page.all("th")]
    assert heads.count("Accepted") == 1
    once = Page(render(data(version("a", 0.4))))
    assert "Accepted" not in [item.text for item in once.all("th")]


def test_a_small_chart_needs_two_finite_values() -> None:
    points = history.of_metric(data(version("a", 0.4), version("b", None)), BASELINE, METRIC)
    assert history.small_chart(points) == ""
