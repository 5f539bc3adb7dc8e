from dataclasses import replace

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.experiments.sinusoid.declarations import MAML, PRETRAINED


def test_readings_override_by_dotted_path() -> None:
    rates = {
        reading: MAML.settings("paper", reading)["learner"]["inner_loop"]["learning_rate"]
        for reading in ("text", "code")
    }
    assert rates == {"text": 0.01, "code": 0.001}


def test_a_star_overrides_under_every_key() -> None:
    tests = MAML.settings("smoke", "code")["tests"]
    assert {test["protocol"]["tasks"] for test in tests.values()} == {50}


def test_an_override_leaves_the_declaration_alone() -> None:
    before = MAML.definition("paper", "code")
    MAML.settings("smoke", "text")
    assert MAML.definition("paper", "code") == before


def test_an_override_that_names_nothing_fails() -> None:
    wrong = replace(MAML, readings={"code": {"learner.inner_loop.rate": 1.0}})
    with pytest.raises(KeyError, match=r"learner\.inner_loop\.rate"):
        wrong.settings("paper", "code")


def test_every_scale_and_reading_has_its_own_definition() -> None:
    definitions = [MAML.definition(scale, reading) for scale in MAML.scales for reading in MAML.readings]
    assert len(set(definitions)) == len(definitions)


def test_title_description_footnotes_and_seeds_do_not_enter_the_definition() -> None:
    renamed = replace(MAML, title="Another", description="words", footnotes=(), seeds=1)
    assert renamed.definition("paper", "code") == MAML.definition("paper", "code")


@pytest.mark.parametrize(("scale", "reading"), [("huge", "code"), ("paper", "diary")])
def test_unknown_scale_or_reading_is_quoted(scale: str, reading: str) -> None:
    with pytest.raises(BenchmarkError, match=r"huge|diary"):
        MAML.settings(scale, reading)


def test_a_difference_is_better_higher_and_an_error_lower() -> None:
    assert MAML.better_of("k-5/1-step") == "lower"
    assert MAML.better_of("improvement-beyond-the-trained-step") == "higher"


def test_a_cost_is_better_neither_way_and_defines_nothing() -> None:
    costly = replace(MAML, costs=("seconds",))
    assert (costly.better_of("seconds"), costly.better_of("k-5/1-step")) == (None, "lower")
    assert costly.definition("paper", "code") == MAML.definition("paper", "code")


def test_tuning_belongs_to_the_text_reading_of_pretraining() -> None:
    assert PRETRAINED.settings("paper", "code")["tests"]["k-5"]["tune"] is None
    assert PRETRAINED.settings("paper", "text")["tests"]["k-5"]["tune"]["learning_rates"]
