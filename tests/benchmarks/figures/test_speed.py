"""Records of speed as data for the report."""

from benchmarks.figures.speed import speed_data
from tests.benchmarks.speed.example_records import example_growth, example_speed


def test_a_comparison_becomes_a_table() -> None:
    (table,) = speed_data([example_speed(gradient_difference={"authors": 3e-6})])["tables"]
    assert table["workload"] == "waves"
    assert [line["side"] for line in table["lines"]] == ["ours", "ours-first-order", "authors"]
    assert table["lines"][2] == {
        "side": "authors",
        "title": "the authors' graph",
        "median_ms": 410.0,
        "low_ms": 380.0,
        "high_ms": 440.0,
        "ratio": 2.1,
        "peak_mb": 1500.5,
        "share_of_limit": 100 / 410,
        "gradient_difference": 3e-6,
    }
    assert table["lines"][0]["ratio"] is table["lines"][0]["gradient_difference"] is None
    assert table["limit_ms"] == 100.0


def test_growth_becomes_a_chart_of_time_and_one_of_memory() -> None:
    time, memory = speed_data([example_growth()])["charts"]
    assert [curve["label"] for curve in time["curves"]] == ["ours", "authors"]
    assert time["curves"][1] == {
        "label": "authors",
        "x": [1, 5],
        "centre": [4.0, 20.0],
        "low": [3.0, 20.0],
        "high": [9.0, 20.0],
    }
    assert memory["curves"][0] == {"label": "ours", "x": [1, 5], "centre": [800.0, 850.0]}
    assert time["x_label"] == "inner steps"
