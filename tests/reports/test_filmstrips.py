"""Tests of the rows of rendered pictures on the page."""

from typing import Any

from reports.builder import render
from tests.reports.pages import Page
from tests.reports.sample import sample

STRIPS = [
    {"label": "before", "pictures": [{"image": "AAAA", "label": "0.0 m"}, {"image": "BBBB", "label": "1.0 m"}]},
    {"label": "after", "pictures": [{"image": "CCCC", "label": "2.0 m"}, None]},
]
FILMSTRIP = {"id": "figure-9/strip", "title": "A robot", "caption": "It runs."}


def page(**more: Any) -> Page:
    return Page(render(sample() | {"filmstrips": [FILMSTRIP | more]}))


def test_pictures_stand_in_rows_and_a_rollout_that_ended_is_named() -> None:
    shown = page(strips=STRIPS)
    assert [image.attributes["src"][-4:] for image in shown.all("img")] == ["AAAA", "BBBB", "CCCC"]
    names = [item.attributes["aria-label"] for item in shown.all("div") if item.attributes.get("role") == "img"]
    assert names == ["A robot, before: 0.0 m, 1.0 m", "A robot, after: 2.0 m, ended"]
    assert "It runs." in [item.text for item in shown.all("figcaption")]


def test_it_stands_with_its_figure() -> None:
    assert "figure-9" in page(strips=STRIPS).values("id")


def test_the_reason_is_shown_instead() -> None:
    shown = page(left_out="No renderer.")
    assert "No renderer." in [item.text for item in shown.all("p")]
    assert not shown.all("img")
