"""Tests of the sample tasks on the page."""

from typing import Any

from reports.builder import render
from tests.reports.pages import Page
from tests.reports.sample import sample

IMAGES = {"support": ["AAAA", "BBBB"], "query": ["CCCC"]}
TASKS: list[dict[str, Any]] = [
    {"family": "Letters", "title": "Two letters", "caption": "Drawn.", "classes": [IMAGES, IMAGES]},
    {
        "family": "Waves",
        "title": "A wave",
        "caption": "",
        "panel": {
            "title": "amplitude 2",
            "truth": {"x": [0.0, 1.0], "y": [0.0, 1.0]},
            "support": {"x": [0.5], "y": [0.4]},
            "curves": [],
        },
    },
    {"family": "Photographs", "title": "Birds", "caption": "", "left_out": "They may not be published."},
]


def page(tasks: list[dict[str, Any]]) -> Page:
    return Page(render(sample() | {"tasks": tasks}))


def test_images_stand_in_columns_by_class_with_one_name_for_all() -> None:
    shown = page(TASKS)
    assert [image.attributes["src"][-4:] for image in shown.all("img")] == ["AAAA", "BBBB"] * 2 + ["CCCC"] * 2
    assert all(image.attributes["alt"] == "" for image in shown.all("img"))
    (grid,) = (item for item in shown.all("div") if item.attributes.get("class") == "classes")
    assert grid.attributes["role"] == "img"
    name = "Letters: 2 characters in columns, with 2 support images above 1 query image"
    assert grid.attributes["aria-label"] == name


def test_a_function_is_drawn_with_its_support_points() -> None:
    labels = page(TASKS).values("aria-label")
    assert "amplitude 2: true function, 1 support points as triangles" in labels


def test_what_is_left_out_has_its_reason() -> None:
    assert "They may not be published." in [item.text for item in page(TASKS).all("p")]


def test_a_report_without_tasks_has_no_such_section() -> None:
    assert "sample-tasks" not in page([]).values("id")
