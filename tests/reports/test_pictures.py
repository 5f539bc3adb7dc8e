"""Small multiples of fitted functions."""

import math
from xml.etree import ElementTree

from reports import marks, pictures
from tests.reports.sample import sample


def test_every_panel_has_truth_curves_and_support_points() -> None:
    picture = sample()["pictures"][0]
    roots = [ElementTree.fromstring(panel) for panel in pictures.panels(picture)]
    assert len(roots) == len(picture["panels"])
    for root in roots:
        styles = [item.attrib.get("class", "") for item in root.iter()]
        assert styles.count("truth") == 1
        assert styles.count("support") == 5
        assert [style for style in styles if style.startswith("line")] == [
            f"line {marks.series(index)}" for index in range(3)
        ]
        assert "5 support points" in root.attrib["aria-label"]


def test_all_panels_have_the_same_scale() -> None:
    roots = [ElementTree.fromstring(panel) for panel in pictures.panels(sample()["pictures"][1])]
    ticks = [[item.text for item in root.iter() if item.tag == "text"] for root in roots]
    assert all(other == ticks[0] for other in ticks)


def test_a_curve_keeps_its_style_in_a_panel_that_lacks_others() -> None:
    picture = sample()["pictures"][0]
    del picture["panels"][1]["curves"][0]
    assert pictures.curve_labels(picture) == ["before", "after 1 step", "after 10 steps"]
    assert "line series-0" not in pictures.panels(picture)[1]


def test_a_diverged_curve_does_not_flatten_the_truth_and_is_told() -> None:
    picture = sample()["pictures"][0]
    assert pictures.clipped(picture) == []
    before = pictures.panels(picture)
    curve = picture["panels"][0]["curves"][2]
    curve["y"] = [1e9, None, math.inf, *curve["y"][3:]]
    after = pictures.panels(picture)
    assert after[1:] == before[1:]
    assert "nan" not in after[0]
    assert pictures.clipped(picture) == [
        "In the panel “MAML” the curve after 10 steps leaves the panel or is not finite."
    ]
