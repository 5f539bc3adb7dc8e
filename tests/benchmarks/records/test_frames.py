from benchmarks.judgement.status import rows
from benchmarks.records import frames
from benchmarks.records.evidence import Measured
from tests.benchmarks.example_records import example_record


def test_references_are_one_line_each() -> None:
    frame = frames.references(rows(Measured([])))
    assert frame.loc["table-2/maml/5-steps", "paper"] == 0.38
    assert len(frame) == 303


def test_metrics_are_one_line_for_each_record_and_metric() -> None:
    records = [example_record(seed=seed) for seed in range(2)]
    frame = frames.metrics(records)
    assert len(frame) == sum(len(record.metrics) for record in records)
    line = frame[(frame.seed == 1) & (frame.metric == "k-5/1-step")].iloc[0]
    assert line["value"] == records[1].metrics["k-5/1-step"].value
    assert line["tasks"] == 20
