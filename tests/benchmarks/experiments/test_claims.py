"""Claims that follow from several numbers: made-up records in, verdicts and footnotes out."""

from collections.abc import Mapping
from typing import Any

import pytest

from benchmarks import statistics
from benchmarks.catalogue import CATALOGUE
from benchmarks.records.evidence import Measured
from benchmarks.records.record import Metric, Record
from benchmarks.records.references import load_references
from benchmarks.verdicts import claims
from benchmarks.verdicts.claims import Number, near, sign
from benchmarks.verdicts.status import rows
from tests.benchmarks.example_records import example_record

EQUAL = "claim/first-order-nearly-equal"
RECURRENT = "claim/classification-beats-recurrent-meta-learners"
PRIOR = "claim/classification-narrowly-beats-prior-methods"
CLAIMS = {name: CATALOGUE.claims[name].__self__ for name in (EQUAL, RECURRENT, PRIOR)}  # type: ignore[attr-defined]
MINI = "mini-imagenet/maml{}-5-way-{}-shot"


def record(experiment: str, value: float, *, scale: str = "paper", seed: int = 0, **changes: Any) -> Record:
    """Returns a record with the same accuracy under both protocols and a half-width of 0.5 points."""
    declared = CATALOGUE[experiment]
    metric = Metric(value=value, median=value, tasks=600, diverged=0, half_width=0.5)
    shown = list(declared.answers.values())
    metrics = {id_: metric for id_ in (*shown, *(test.replace("paper-", "tight-") for test in shown), *TIGHT)}
    cost = {"seconds": 9.0, "seconds_per_iteration": 1.0, "peak_memory_bytes": 1e9, "iterations": 1000}
    made = {
        "experiment": experiment,
        "definition": declared.definition(scale, "code"),
        "metrics": metrics,
        "cost": cost,
    }
    return example_record(scale=scale, seed=seed, **(made | changes))


TIGHT = tuple(f"tight-protocol/{steps}-steps" for steps in (3, 5, 10))


def row(records: list[Record], reference: str) -> dict[str, Any]:
    (result,) = [row.to_json() for row in rows(Measured(records), CATALOGUE) if row.reference == reference]
    return result


def first_order(exact: float, first: float, *, seeds: int = 3, **changes: Any) -> list[Record]:
    """Returns records of exact and first-order MAML that are equal for all seeds; at 5 shots both methods are equal."""
    one_shot = {MINI.format("", 1): exact, MINI.format("-first-order", 1): first}
    values = one_shot | {MINI.format(variant, 5): 63.0 for variant in ("", "-first-order")}
    return [record(id_, value, seed=seed, **changes) for seed in range(seeds) for id_, value in values.items()]


def records_for(values: Mapping[str, float], *, seeds: int = 3, **changes: Any) -> list[Record]:
    """Returns records that answer these references with these values, equal for all seeds."""
    experiments = {reference: experiment.id for experiment in CATALOGUE.values() for reference in experiment.answers}
    return [
        record(experiments[reference], value, seed=seed, **changes)
        for seed in range(seeds)
        for reference, value in values.items()
    ]


def printed_numbers(claim: str) -> dict[str, float]:
    """Returns the numbers that the paper prints for its own method."""
    return {lead.reference: load_references()[lead.reference].value or 0.0 for lead in CLAIMS[claim].leads}


def test_claims_name_references_and_metrics_that_exist() -> None:
    references = load_references()
    answered = {reference for experiment in CATALOGUE.values() for reference in experiment.answers}
    assert set(CLAIMS) <= set(references)
    for claim in CLAIMS.values():
        assert {lead.reference for lead in claim.leads} <= answered
        assert all(references[other].value for lead in claim.leads for other in lead.rivals)
        for pair in (*claim.equalities, *claim.beside):
            assert set(pair.printed) <= {*pair.first.answers, *pair.exact.answers}
            assert pair.metric.replace("tight", "paper") in pair.exact.answers.values()


@pytest.mark.parametrize(
    ("first", "verdict"),
    # Printed: 48.70 ± 1.84 and 48.07 ± 1.75, so the margin is 2.54 points; our half-width is 0.71.
    [(47.0, "reproduced"), (49.7, "reproduced"), (46.0, "inconclusive"), (44.0, "below"), (52.5, "above")],
)
def test_near_equality_is_within_the_margin_of_the_printed_intervals(first: float, verdict: str) -> None:
    result = row(first_order(48.0, first), EQUAL)
    assert result["verdict"] == verdict
    assert (result["scale"], result["reading"], result["seeds"]) == ("paper", "code", 3)


@pytest.mark.parametrize("seeds", [1, 2])
@pytest.mark.parametrize(
    ("first", "verdict"),
    [(48.0, "inconclusive"), (44.0, "inconclusive"), (52.5, "inconclusive"), (38.0, "below"), (58.0, "above")],
)
def test_few_seeds_leave_near_equality_open_unless_far_outside(first: float, verdict: str, seeds: int) -> None:
    assert row(first_order(48.0, first, seeds=seeds), EQUAL)["verdict"] == verdict


@pytest.mark.parametrize(
    ("seeds", "lead", "verdict"),
    [(3, 2.0, "reproduced"), (2, 2.0, "inconclusive"), (1, 2.0, "inconclusive"), (1, 15.0, "reproduced")],
)
def test_few_seeds_leave_a_lead_open_unless_far_outside(seeds: int, lead: float, verdict: str) -> None:
    references = load_references()
    best = {
        lead.reference: max(references[other].value or 0.0 for other in lead.rivals) for lead in CLAIMS[RECURRENT].leads
    }
    values = {reference: value + lead for reference, value in best.items()}
    assert row(records_for(values, seeds=seeds), RECURRENT)["verdict"] == verdict


def test_the_side_with_fewer_seeds_counts() -> None:
    records = [record for record in first_order(48.0, 48.0) if record.seed == 0 or "first-order" in record.experiment]
    result = row(records, EQUAL)
    assert (result["verdict"], result["seeds"]) == ("inconclusive", 1)


def test_the_setting_that_fails_decides() -> None:
    result = row(first_order(48.0, 44.0), EQUAL)
    assert result["ours"] == pytest.approx(-4.0)
    assert result["half_width_both"] == pytest.approx(0.5**0.5)
    assert result["difference"] == pytest.approx(-4.0 / 0.5**0.5)


def test_reduced_runs_are_set_against_one_another_without_a_verdict() -> None:
    result = row(first_order(35.0, 31.0, scale="desktop"), EQUAL)
    assert (result["verdict"], result["scale"], result["difference"]) == ("not comparable", "desktop", None)
    assert result["ours"] == pytest.approx(-4.0)
    assert any("-4.0 ± 0.7 points, without a verdict for reduced runs. " in note for note in result["footnotes"])


def test_runs_of_unequal_length_get_a_footnote() -> None:
    exact = record(MINI.format("", 1), 35.0, scale="desktop")
    short = record(MINI.format("-first-order", 1), 31.0, scale="desktop", cost={**exact.cost, "iterations": 600})
    result = row([exact, short], EQUAL)
    (note,) = [text for text in result["footnotes"] if "points" in text and "31.0" in text]
    assert "of unequal length" in note
    assert "600 meta-iterations" in note
    assert "1,000 meta-iterations" in note


def test_runs_of_different_scales_are_not_subtracted() -> None:
    records = first_order(48.0, 47.0, seeds=1)
    records[1] = record(MINI.format("-first-order", 1), 31.0, scale="desktop")
    result = row(records, EQUAL)
    assert (result["verdict"], result["scale"], result["ours"]) == ("not comparable", "desktop", None)
    assert any("31.0 ± 0.5" in note and "not compared with it" in note for note in result["footnotes"])


def test_the_gap_on_omniglot_is_a_footnote_and_does_not_count() -> None:
    gap = [
        record("omniglot/maml-20-way-1-shot", 95.0),
        record("omniglot/maml-first-order-20-way-1-shot", 89.0),
    ]
    result = row([*first_order(48.0, 48.0), *gap], EQUAL)
    assert result["verdict"] == "reproduced"
    assert any("Omniglot 20-way" in note and "-6.0 ± 0.7" in note for note in result["footnotes"])


@pytest.mark.parametrize("reference", CLAIMS)
def test_a_missing_run_leaves_no_verdict(reference: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "is_present", lambda data_set: True)
    result = row([record(MINI.format("", 1), 48.0)], reference)
    assert (result["verdict"], result["ours"], result["seeds"]) == ("not run", None, 0)
    assert "mini-imagenet/maml-5-way-5-shot" in result["command"]
    monkeypatch.setattr(claims, "is_present", lambda data_set: False)
    assert row([], reference)["verdict"] == "data missing"


def test_a_record_without_the_metric_counts_as_none() -> None:
    records = first_order(48.0, 48.0, seeds=1)
    records[0] = record(MINI.format("", 1), 48.0, metrics={})
    assert row(records, EQUAL)["ours"] is None


def test_the_printed_numbers_beat_the_recurrent_meta_learners() -> None:
    result = row(records_for(printed_numbers(RECURRENT)), RECURRENT)
    assert result["verdict"] == "reproduced"
    assert result["ours"] == pytest.approx(63.11 - 60.60)


def test_the_best_rival_is_the_one_to_beat() -> None:
    values = printed_numbers(PRIOR)
    values["table-1/maml/omniglot-20-way-1-shot"] = 94.0  # above matching networks, below the memory module's 95.0
    result = row(records_for(values), PRIOR)
    assert result["verdict"] == "below"
    assert any(
        "memory module, 95.0 as printed; MAML 95.8 ± 0.3 as printed, 94.0 ± 0.5 here" in note
        for note in result["footnotes"]
    )


def test_a_small_lead_is_inconclusive() -> None:
    values = printed_numbers(PRIOR)
    assert row(records_for(values), PRIOR)["verdict"] == "inconclusive"


@pytest.mark.parametrize("changes", [{"scale": "desktop"}, {"definition": "f" * 12}])
def test_no_reduced_or_outdated_run_is_set_against_a_printed_number(changes: dict[str, Any]) -> None:
    result = row(records_for(printed_numbers(RECURRENT), **changes), RECURRENT)
    assert (result["verdict"], result["ours"], result["difference"]) == ("not comparable", None, None)
    assert not any("points" in note for note in result["footnotes"])


def test_seeds_that_scatter_widen_the_half_width() -> None:
    reference = "table-1/maml-no-conv/omniglot-5-way-1-shot"
    values = printed_numbers(RECURRENT) | {reference: 84.0}
    agreeing = records_for(values)
    kept = [each for each in agreeing if each.experiment != "omniglot/no-conv-5-way-1-shot"]
    scattered = [record("omniglot/no-conv-5-way-1-shot", 83.0 + seed, seed=seed) for seed in range(3)]
    some, others = row(agreeing, RECURRENT), row([*kept, *scattered], RECURRENT)
    assert (some["verdict"], others["verdict"]) == ("reproduced", "inconclusive")
    expected = statistics.combined_half_width(0.5, statistics.prediction_interval([83.0, 84.0, 85.0]))
    assert others["half_width_both"] == pytest.approx(expected)


def test_the_claim_about_counts_lists_them_and_compares_none() -> None:
    result = row([], "claim/fewer-parameters")
    assert (result["verdict"], result["ours"]) == ("no printed number", None)
    (note,) = [text for text in result["footnotes"] if "112,005" in text]
    assert "32,773 (MiniImagenet" in note
    assert "policy" not in note


def test_half_widths_add_up_in_squares() -> None:
    assert Number(5.0, 3.0) - Number(7.0, 4.0) == Number(-2.0, 5.0)


@pytest.mark.parametrize(
    ("value", "seeds", "verdict"),
    [
        (1.1, 3, "reproduced"),
        (1.0, 3, "inconclusive"),
        (-1.1, 3, "below"),
        (9.9, 2, "inconclusive"),
        (-9.9, 1, "inconclusive"),
        (10.1, 2, "reproduced"),
        (-10.1, 1, "below"),
    ],
)
def test_a_lead_is_above_zero_by_more_than_its_half_width(value: float, seeds: int, verdict: str) -> None:
    assert sign(Number(value, 1.0), seeds) == verdict


@pytest.mark.parametrize(
    ("value", "seeds", "verdict"),
    [
        (1.9, 3, "reproduced"),
        (-2.1, 3, "inconclusive"),
        (3.9, 3, "inconclusive"),
        (4.1, 3, "above"),
        (-4.1, 3, "below"),
        (0.0, 2, "inconclusive"),
        (12.9, 1, "inconclusive"),
        (13.1, 1, "above"),
        (-13.1, 2, "below"),
    ],
)
def test_a_near_equality_is_no_larger_than_its_margin(value: float, seeds: int, verdict: str) -> None:
    assert near(Number(value, 1.0), 3.0, seeds) == verdict
