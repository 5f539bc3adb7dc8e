"""Figures 4 and 5 from small records: curves of ours and of the authors, paths, differences by goal, variants."""

from typing import Any

import numpy as np
import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.experiments.reinforcement_learning.analysis import by_goal, figures, pictures, variants
from benchmarks.records.evidence import Measured
from benchmarks.records.record import Record
from benchmarks.verdicts.status import rows
from reports import charts, panels
from tests.benchmarks.experiments.reinforcement_learning.returns import record, records_of_the_authors, theirs


def drawn(records: list[Record]) -> dict[str, dict[str, Any]]:
    return {figure["id"]: figure for figure in figures(Measured(records))}


NAVIGATION = records_of_the_authors(keys=["navigation"])


def test_figure_4_has_the_axis_of_the_paper_and_a_pair_of_curves_for_each_method() -> None:
    figure = drawn(NAVIGATION)["figure-4"]
    assert (figure["y_scale"], figure["y_limits"]) == ("symlog", (-100.0, -2.0))
    by_label = {curve["label"]: curve for curve in figure["curves"]}
    assert list(by_label) == [
        *(f"{method}, authors" for method in ("MAML", "pretrained", "random", "oracle")),
        *("MAML", "pretrained", "random", "oracle"),
    ]
    for method in ("MAML", "pretrained", "random", "oracle"):
        ours, others = by_label[method], by_label[f"{method}, authors"]
        assert ours["series"] == others["series"]
        assert others["published"]
        assert not ours.get("published")
        assert ours["x"] == others["x"] == [0, 1, 2, 3]
        np.testing.assert_allclose(ours["centre"], others["centre"], atol=0.006)
        for edge in ("low", "high"):
            np.testing.assert_allclose(ours[edge], others[edge], atol=0.2)


def test_the_oracle_is_flat() -> None:
    (oracle,) = [curve for curve in drawn(NAVIGATION)["figure-4"]["curves"] if curve["label"] == "oracle"]
    assert len(set(oracle["centre"])) == 1


def test_each_panel_has_its_verdicts() -> None:
    caption = drawn(NAVIGATION)["figure-4"]["caption"]
    assert "Verdicts: MAML reproduced after 0, 1, 2 and 3 steps" in caption
    assert caption.endswith("oracle reproduced.")


def test_the_caption_names_the_methods_that_were_not_run() -> None:
    made = [each for each in NAVIGATION if not each.experiment.endswith(("maml", "oracle"))]
    assert "Not run yet: MAML and oracle. Verdicts" in drawn(made)["figure-4"]["caption"]
    assert "Not run yet" not in drawn(NAVIGATION)["figure-4"]["caption"]


def test_of_several_seeds_the_one_with_the_middle_return_is_drawn() -> None:
    made = []
    for seed, change in enumerate([-100.0, 1.0, 0.0]):
        returns = {name: values + change for name, values in theirs("figure-4", "maml").items()}
        one = record("navigation", "maml", returns, seed=seed)
        one.arrays["picture/paths/goal"] = np.zeros(2)  # type: ignore[index]
        one.arrays["picture/paths/curves"] = np.zeros((2, 3, 2))  # type: ignore[index]
        made.append(one)
    (picture,) = pictures(Measured(made))
    assert [panel["title"] for panel in picture["panels"]] == ["MAML, seed 2"]


@pytest.mark.parametrize(("key", "left_out"), [("cheetah-velocity", True), ("cheetah-direction", False)])
def test_random_curves_are_left_out_where_the_caption_says_so(key: str, left_out: bool) -> None:
    figure = drawn(records_of_the_authors(keys=[key]))[f"figure-5/{key}"]
    assert any("random" in curve["label"] for curve in figure["curves"]) is not left_out
    assert ("below the picture" in figure["caption"]) is left_out


def test_a_reduced_run_stands_beside_no_result_of_the_authors() -> None:
    figure = drawn([record("navigation", "maml", theirs("figure-4", "maml"), scale="smoke")])["figure-4"]
    assert [curve["label"] for curve in figure["curves"]] == ["MAML (smoke scale)"]
    assert "not compared with them" in figure["caption"]
    assert "Verdicts" not in figure["caption"]


def test_figures_that_were_not_run_are_not_drawn() -> None:
    assert figures(Measured([])) == pictures(Measured([])) == by_goal(Measured([])) == variants(Measured([])) == []


def test_paths_are_drawn_with_their_goal() -> None:
    made = record("navigation", "maml", theirs("figure-4", "maml"))
    path = np.stack([np.zeros((4, 2)), np.array([[0, 0], [-0.1, 0.1], [-0.29, 0.38], [np.nan, np.nan]])])
    made.arrays["picture/paths/goal"] = np.array([-0.2956, 0.3781])  # type: ignore[index]
    made.arrays["picture/paths/curves"] = path  # type: ignore[index]
    (picture,) = pictures(Measured([made]))
    (panel,) = picture["panels"]
    assert panel["goal"]["x"] == pytest.approx(-0.2956)
    assert [curve["label"] for curve in panel["curves"]] == ["before adaptation", "after 3 steps"]
    assert panel["curves"][1]["y"] == [0.0, pytest.approx(0.1), pytest.approx(0.38), None]
    assert panels.symbols(picture) == [("goal", "goal")]
    (image,) = panels.panels(picture)
    assert 'class="goal"' in image
    assert "to the goal (-0.296, 0.378)" in image


def test_differences_from_the_authors_are_paired_by_goal() -> None:
    returns = {name: values + 1.0 for name, values in theirs("figure-4", "maml").items()}
    (chart,) = by_goal(Measured([record("navigation", "maml", returns)]))
    assert chart["zero"]
    assert [line["label"].split(" (")[0] for line in chart["lines"]] == [
        "MAML, 0 steps",
        "MAML, 1 step",
        "MAML, 2 steps",
        "MAML, 3 steps",
        "MAML, 4 steps",
    ]
    for line in chart["lines"]:
        (value,) = line["values"]
        assert value["value"] == pytest.approx(1.0, abs=1e-4)
        assert value["half_width"] < 1e-4


def test_a_reduced_run_is_not_paired_with_the_authors_although_its_goals_are_the_same() -> None:
    assert by_goal(Measured([record("navigation", "maml", theirs("figure-4", "maml"), scale="desktop")])) == []


def test_the_rows_of_status_say_how_ours_differs_on_the_same_goals() -> None:
    returns = {name: values - 0.5 for name, values in theirs("figure-4", "maml").items()}
    (row,) = [
        row
        for row in rows(Measured([record("navigation", "maml", returns)]), CATALOGUE)
        if row.reference == "figure-4/maml/1-step"
    ]
    (note,) = [note for note in row.footnotes if "paired by task" in note]
    assert "On the authors' 40 test tasks, ours minus theirs is -0.5 ±" in note
    assert "ours is higher on 0 tasks; p = 3.6e-08" in note


def test_results_that_the_authors_repeat_are_not_paired_and_have_a_wider_uncertainty() -> None:
    returns = {name: values + 150.0 for name, values in theirs("figure-5/cheetah-direction", "random").items()}
    made = Measured([record("cheetah-direction", "random", returns)])
    (row,) = [row for row in rows(made, CATALOGUE) if row.reference == "figure-5/cheetah-direction/random/3-steps"]

    assert by_goal(made) == []
    assert not [note for note in row.footnotes if "paired by task" in note]
    (note,) = [note for note in row.footnotes if "numbers, repeated" in note]
    assert note.startswith("The authors' 40 results are 2 numbers, repeated")
    # The half-width over 40 tasks is 9.73 on both sides, and that over 2 tasks larger by the root of 20.
    assert row.verdict == "inconclusive"
    assert row.difference == pytest.approx(150 / (9.73 * np.sqrt(1 + 20)), rel=0.01)


def test_variants_are_differences_from_maml_at_its_scale() -> None:
    returns = theirs("figure-4", "maml")
    better = {name: values + 2.0 for name, values in returns.items()}
    records = [
        record("navigation", "maml", returns),
        record("navigation", "maml-first-order", better),
        record("navigation", "context-vector", returns, scale="smoke"),
    ]
    (chart,) = variants(Measured(records))
    [line] = chart["lines"]
    assert line["label"] == "first-order MAML, 1 seed"
    assert line["values"][0]["value"] == pytest.approx(2.0)
    assert "which is -11.7 (1 seed)" in chart["caption"]


def test_the_figure_can_be_rendered() -> None:
    image = charts.line_chart(drawn(NAVIGATION)["figure-4"])
    assert image.count("published series-0") >= 3
    assert all(f">−{size}<" in image for size in (2, 5, 10, 20, 50, 100))
