"""The claims hold on the authors' own results, and each of them can fail."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.experiments.reinforcement_learning.claims import Claim, claims
from benchmarks.records.evidence import Measured
from benchmarks.records.record import Record
from tests.benchmarks.experiments.reinforcement_learning.returns import record, records_of_the_authors, shifted

THEIRS = records_of_the_authors()
NAVIGATION = "claim/navigation-adapts-after-one-update"
MORE = "claim/navigation-improves-with-more-updates"
ADAPTS = "claim/locomotion-adapts-after-one-update"
GOOD = "claim/locomotion-good-within-three-updates"
WORSE = "claim/locomotion-pretraining-sometimes-worse"
CHEETAH = "claim/cheetah-velocity-random-too-low-to-draw"
ANT = "claim/ant-velocity-random-too-low-to-draw"
CLAIMS = claims()


def verdict(claim: str, records: list[Record]) -> str:
    return str(CLAIMS[claim](Measured(records))["verdict"])


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_holds_on_the_authors_own_results(claim: str) -> None:
    row = CLAIMS[claim](Measured(THEIRS))
    assert row["verdict"] == "reproduced"
    assert (row["scale"], row["reading"], row["seeds"]) == ("paper", "code", 3)
    assert row["ours"] > row["half_width_both"]
    assert (row["half_width_both"] == 0) is (claim in (CHEETAH, ANT)), "a place in a picture has no interval over goals"
    assert claim in CATALOGUE.claims


@pytest.mark.parametrize(
    ("claim", "experiment", "steps", "by"),
    [
        (NAVIGATION, "navigation-maml", 1, -20.0),
        (NAVIGATION, "navigation-pretrained", 1, 20.0),
        (MORE, "navigation-maml", 3, -20.0),
        (ADAPTS, "ant-direction-maml", 0, 600.0),
        (ADAPTS, "cheetah-velocity-random", 1, 300.0),
        (GOOD, "ant-velocity-maml", 3, -80.0),
        (GOOD, "cheetah-direction-oracle", 0, 600.0),
        (CHEETAH, "cheetah-velocity-random", 3, 200.0),
        (ANT, "ant-velocity-random", 2, 200.0),
    ],
)
def test_a_claim_fails_where_one_of_its_returns_says_otherwise(
    claim: str, experiment: str, steps: int, by: float
) -> None:
    assert verdict(claim, shifted(THEIRS, experiment, steps, by)) == "below"


def test_pretraining_must_be_worse_in_one_panel_only() -> None:
    without = shifted(THEIRS, "cheetah-direction-pretrained", 3, 300.0)
    assert verdict(WORSE, without) == "reproduced", "that of the ant's direction is left"
    assert verdict(WORSE, shifted(without, "ant-direction-pretrained", 3, 300.0)) == "below"


def test_few_seeds_leave_a_small_difference_open() -> None:
    one = records_of_the_authors(seeds=[0])
    assert verdict(MORE, one) == "inconclusive"
    assert verdict(MORE, THEIRS) == "reproduced"


def test_seeds_that_disagree_leave_a_claim_open() -> None:
    scattered = [
        record(
            "navigation",
            "maml",
            {f"goals/{name}": np.array([value, value]) for name, value in values.items()},
            seed=seed,
        )
        for seed, values in enumerate(
            (
                {"1-step": -10.0, "2-steps": -3.0, "3-steps": -3.0},
                {"1-step": -10.0, "2-steps": -12.0, "3-steps": -3.0},
                {"1-step": -10.0, "2-steps": -2.0, "3-steps": -3.0},
            )
        )
    ]
    assert verdict(MORE, scattered) == "inconclusive"


def test_a_claim_that_is_not_fully_measured_is_not_run_and_says_what_to_run() -> None:
    records = [each for each in THEIRS if "ant-direction" not in each.experiment]
    row = CLAIMS[ADAPTS](Measured(records))
    assert row["verdict"] == "not run"
    assert "reinforcement-learning/ant-direction-maml" in row["command"]
    assert len(row["footnotes"]) == 9, "what is measured is shown"


def test_reduced_runs_are_never_a_verdict() -> None:
    reduced = [
        record(
            key, method, {f"goals/{n}": np.array([value, value + 1.0]) for n in ("0-steps", "1-step")}, scale="smoke"
        )
        for key, method, value in (
            ("navigation", "maml", -10.0),
            ("navigation", "pretrained", -30.0),
            ("navigation", "random", -50.0),
        )
    ]
    row = CLAIMS[NAVIGATION](Measured(reduced))
    assert (row["verdict"], row["scale"], row["difference"]) == ("not comparable", "smoke", None)
    assert "without a verdict" in row["footnotes"][0]


def test_goals_of_another_number_are_not_set_against_each_other() -> None:
    returns = {"goals/1-step": np.zeros(2)}
    records = [record("navigation", "maml", {"goals/1-step": np.ones(3)})]
    records += [record("navigation", method, returns) for method in ("pretrained", "random")]
    assert verdict(NAVIGATION, records) == "not run"


def test_differences_are_taken_goal_by_goal() -> None:
    """Goals differ by far more than methods do, and that cancels."""
    goals = np.linspace(-100.0, 0.0, 40)
    records = [
        record("navigation", method, {"goals/1-step": goals + gain + 0.01 * seed}, seed=seed)
        for method, gain in (("maml", 1.0), ("pretrained", 0.0), ("random", -1.0))
        for seed in range(3)
    ]
    assert verdict(NAVIGATION, records) == "reproduced"
    assert isinstance(CLAIMS[NAVIGATION].args[0], Claim)  # type: ignore[attr-defined]


def test_a_reduced_run_is_not_set_against_a_printed_bound() -> None:
    returns = {f"goals/{n}": np.array([-250.0, -251.0]) for n in ("0-steps", "1-step", "2-steps", "3-steps")}
    row = CLAIMS[CHEETAH](Measured([record("cheetah-velocity", "random", returns, scale="smoke")]))
    assert (row["verdict"], row["ours"], row["half_width_both"]) == ("not comparable", None, None)
    assert not any("50" in note for note in row["footnotes"])


def test_outdated_records_are_the_reason_for_no_verdict() -> None:
    outdated = [replace(each, definition="0" * 12) for each in THEIRS]
    row = CLAIMS[NAVIGATION](Measured(outdated))
    assert (row["verdict"], row["reason"]) == ("not comparable", "an older definition; 3 seeds")


def test_a_return_that_is_not_finite_is_a_divergence_and_no_number() -> None:
    row = CLAIMS[NAVIGATION](Measured(shifted(THEIRS, "navigation-maml", 1, float("nan"))))
    assert row["verdict"] == "diverged"
    assert (row["ours"], row["half_width_both"], row["difference"]) == (None, None, None)
