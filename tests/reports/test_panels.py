"""Panels that show paths in the plane."""

from typing import Any
from xml.etree import ElementTree

from reports import panels


def picture(*ends: tuple[float, float]) -> dict[str, Any]:
    return {
        "limits": {"x": (-0.5, 0.3), "y": (-0.2, 0.6)},
        "panels": [
            {
                "title": "MAML",
                "goal": {"x": -0.25, "y": 0.375},
                "curves": [
                    {"label": f"after {step} steps", "x": [0.0, x, None], "y": [0.0, y, None]}
                    for step, (x, y) in enumerate(ends)
                ],
            }
        ],
    }


def test_paths_are_drawn_to_scale_with_the_goal_on_top() -> None:
    (image,) = panels.panels(picture((0.1, 0.1), (-0.25, 0.375)))
    root = ElementTree.fromstring(image)
    shapes = [item for item in root.iter() if item.attrib.get("class", "").startswith(("line", "goal"))]
    assert [shape.attrib["class"] for shape in shapes] == ["line series-0", "line series-1", "goal"]
    _, _, width, height = (float(number) for number in root.attrib["viewBox"].split())
    assert width - 50 == height - 40, "a length is as long in both directions"
    # (0, 0) lies 0.5 of 0.8 from the left and 0.6 of 0.8 from the top of a square of 206 pixels.
    assert shapes[0].attrib["d"].startswith("M128.8 154.5L154.5 128.8")


def test_the_legend_names_the_goal_alone() -> None:
    assert panels.symbols(picture((0.1, 0.1))) == [("goal", "goal")]


def test_a_path_is_described_by_its_goal() -> None:
    (image,) = panels.panels(picture((0.1, 0.1)))
    assert "MAML: paths in the plane to the goal (-0.25, 0.375): after 0 steps" in image
