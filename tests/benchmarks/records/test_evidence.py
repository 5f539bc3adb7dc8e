from benchmarks.catalogue import CATALOGUE
from benchmarks.records.evidence import Measured, metric_table, reference_table
from benchmarks.verdicts.status import rows
from tests.benchmarks.example_records import example_record


def test_outdated_records_of_several_definitions_are_not_mixed() -> None:
    few = example_record(seed=5, definition="0" * 12)
    many = [example_record(seed=seed, definition="1" * 12) for seed in range(2)]

    evidence = Measured([few, *many]).of(CATALOGUE["sinusoid/maml"], "code")

    assert evidence is not None
    assert not evidence.current
    assert [record.seed for record in evidence.records] == [0, 1]


def test_current_records_come_from_one_origin_and_have_one_of_each_seed() -> None:
    experiment = CATALOGUE["sinusoid/maml"]
    definition = experiment.definition("paper", "code")
    accepted = [example_record(seed=seed, definition=definition) for seed in range(5)]
    outdated = [example_record(seed=seed, definition="0" * 12) for seed in range(3)]
    twice = [example_record(seed=0, definition=definition, reading=reading) for reading in ("text", "code")]
    assert [record.seed for record in Measured(accepted, outdated).current(experiment, "paper", "code")] == [
        0,
        1,
        2,
        3,
        4,
    ]
    assert [record.seed for record in Measured([], twice).current(experiment, "paper", "code")] == [0]
    assert not Measured(outdated).current(experiment, "paper", "code")


def test_records_of_another_definition_do_not_hide_current_ones() -> None:
    experiment = CATALOGUE["sinusoid/maml"]
    old, new = (example_record(definition=each) for each in ("0" * 12, experiment.definition("paper", "code")))
    assert Measured([new], [old]).everything_of(experiment) == [new, old]


def test_table_has_one_line_for_each_reference() -> None:
    frame = reference_table([row.to_json() for row in rows(Measured([]), CATALOGUE)])
    assert frame.loc["table-2/maml/5-steps", "paper"] == 0.38
    assert len(frame) == 303


def test_table_has_one_line_for_each_metric_of_each_record() -> None:
    records = [example_record(seed=seed) for seed in range(2)]
    frame = metric_table(records)
    assert len(frame) == sum(len(record.metrics) for record in records)
    line = frame[(frame.seed == 1) & (frame.metric == "k-5/1-step")].iloc[0]
    assert line["value"] == records[1].metrics["k-5/1-step"].value
    assert line["tasks"] == 20
