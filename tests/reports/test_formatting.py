"""Tests of numbers, times and settings as text."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import formatting

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
FINITE = st.floats(min_value=-1e300, max_value=1e300, allow_nan=False)
DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def parsed(text: str) -> float:
    mantissa, _, exponent = text.replace("\u202f", "").translate(DIGITS).partition("×10")
    return float(mantissa) * 10.0 ** int(exponent or 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.398, "0.398"),
        (0.0052, "0.00520"),
        (2.412, "2.41"),
        (98.7, "98.70"),
        (-40.414, "−40.41"),
        (293.19, "293.2"),
        (1234.6, "1\u202f235"),
        (12345.6, "12\u202f346"),
        (123456.5, "1.2×10⁵"),
        (247109.0, "247\u202f109"),
        (5e14, "5.0×10¹⁴"),
        (-3.26e-4, "−3.3×10⁻⁴"),
        (None, "—"),
        (math.nan, "diverged"),
        (-math.inf, "diverged"),
    ],
)
def test_number(value: float | None, text: str) -> None:
    assert formatting.number(value) == text


@settings(deadline=None)
@given(NUMBERS)
def test_number_never_shows_python_notation(value: float) -> None:
    assert not re.search("nan|inf|e[+-]", formatting.number(value))


@settings(deadline=None)
@given(FINITE)
def test_number_is_close_to_the_value_and_short(value: float) -> None:
    text = formatting.number(value)
    assert len(text) <= 12
    assert parsed(text) == pytest.approx(value, rel=0.06, abs=1e-12)


@settings(deadline=None)
@given(st.floats(min_value=1e-3, max_value=1e5), st.sampled_from([-1, 1]))
def test_number_keeps_three_digits_in_the_usual_range(size: float, sign: int) -> None:
    assert parsed(formatting.number(sign * size)) == pytest.approx(sign * size, rel=5.1e-3)


@pytest.mark.parametrize(
    ("value", "half_width", "text"),
    [
        (0.398, 0.0523, "0.398 ± 0.052"),
        (80.4, 1.7, "80.40 ± 1.70"),
        (0.398, None, "0.398"),
        (None, 0.05, "—"),
        (math.inf, 0.05, "diverged"),
        (0.398, math.inf, "0.398 ± diverged"),
        (5e14, 2e13, "5.0×10¹⁴ ± 2.0×10¹³"),
    ],
)
def test_interval(value: float | None, half_width: float | None, text: str) -> None:
    assert formatting.interval(value, half_width) == text


@settings(deadline=None)
@given(FINITE, st.floats(min_value=0, max_value=1e300))
def test_a_half_width_shows_as_many_decimals_as_its_value(value: float, half_width: float) -> None:
    texts = formatting.interval(value, half_width).split(" ± ")
    if not any("×" in text for text in texts):
        decimals = {len(text.partition(".")[2]) for text in texts}
        assert len(decimals) == 1


@pytest.mark.parametrize(
    ("value", "plus_minus", "text"),
    [
        (0.67, None, "0.67"),
        (98.7, 0.4, "98.7 ± 0.4"),
        (48.7, 1.84, "48.70 ± 1.84"),
        (-42.42, None, "−42.42"),
        (100.0, None, "100"),
        (0.1 + 0.2, None, "0.3"),
        (None, None, "—"),
        (math.inf, None, "diverged"),
    ],
)
def test_printed(value: float | None, plus_minus: float | None, text: str) -> None:
    assert formatting.printed(value, plus_minus) == text


@settings(deadline=None)
@given(st.decimals(min_value=-9999, max_value=9999, places=2))
def test_printed_shows_exactly_what_was_published(value: object) -> None:
    assert parsed(formatting.printed(float(str(value)))) == float(str(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.31, "+0.3"), (-2.06, "−2.1"), (0.04, "0.0"), (-0.04, "0.0"), (1e15, "+1.0×10¹⁵"), (None, "—")],
)
def test_signed(value: float | None, text: str) -> None:
    assert formatting.signed(value) == text


@settings(deadline=None)
@given(FINITE)
def test_signed_always_shows_the_sign_unless_it_is_zero(value: float) -> None:
    text = formatting.signed(value)
    assert text == "0.0" or text[0] == ("+" if value > 0 else "−")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.05, "0.05"),
        (0.30000000000000004, "0.3"),
        (-5.0, "−5"),
        (20000.0, "20\u202f000"),
        (1e6, "10⁶"),
        (1e-5, "10⁻⁵"),
        (2e6, "2×10⁶"),
        (2.5e6, "2.5×10⁶"),
        (0.0, "0"),
    ],
)
def test_tick(value: float, text: str) -> None:
    assert formatting.tick(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (4e-4, "400 µs"),
        (0.0, "0 µs"),
        (0.0123, "12.3 ms"),
        (2.34, "2.3 s"),
        (28.1, "28 s"),
        (281.4, "4 min 41 s"),
        (59.9, "1 min 00 s"),
        (7500.0, "2 h 05 min"),
        (None, "—"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert formatting.duration(seconds) == text


@settings(deadline=None)
@given(st.floats(min_value=0, max_value=1e9) | st.floats(min_value=55, max_value=65))
def test_duration_is_always_words_and_never_sixty(seconds: float) -> None:
    text = formatting.duration(seconds)
    assert re.fullmatch(r"[\d.\u202f]+ (µs|ms|s|min|h)( \d\d (s|min))?", text)
    assert "60 s" not in text
    assert "60 min" not in text


@pytest.mark.parametrize(("size", "text"), [(5.12e8, "512 MB"), (9.997e8, "1.0 GB"), (1.24e9, "1.2 GB"), (None, "—")])
def test_memory(size: float | None, text: str) -> None:
    assert formatting.memory(size) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-11-21T08:05:00+00:00", "21 November 2025, 08:05 UTC"),
        ("2025-01-02T18:00:00", "2 January 2025, 18:00"),
        ("yesterday", "yesterday"),
    ],
)
def test_moment(text: str, expected: str) -> None:
    assert formatting.moment(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("b6793d2c1db8600c1de4dc569eb7ac5c4cc4bb65-dirty", "b6793d2c1db8-dirty"), ("4be1f1c9a9d0", "4be1f1c9a9d0")],
)
def test_commit(text: str, expected: str) -> None:
    assert formatting.commit(text) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        (True, "yes"),
        (False, "no"),
        (1e-3, "0.001"),
        (70000, "70000"),
        ("relu", "relu"),
        ([40, 40], "40, 40"),
        ([], "—"),
        (math.inf, "unlimited"),
        (math.nan, "none"),
    ],
)
def test_setting(value: object, text: str) -> None:
    assert formatting.setting(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.1044, "10.4 %"), (0.0, "0.0 %"), (None, "—"), (math.nan, "—")], ids=str)
def test_share(value: float | None, text: str) -> None:
    assert formatting.share(value) == text


@pytest.mark.parametrize(
    ("costs", "text"),
    [
        ({}, ""),
        ({"seconds": 0.0, "peak_memory_bytes": 1.2e9}, "1.2 GB peak memory"),
        (
            {"seconds": 46.0, "seconds_per_iteration": 0.0125, "test_seconds": 133.0},
            "46 s of meta-training, 12.5 ms per meta-iteration, 2 min 13 s of meta-tests",
        ),
    ],
)
def test_a_cost_lists_what_is_known(costs: dict[str, float], text: str) -> None:
    assert formatting.cost(costs) == text


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("TaskNorm (arXiv:2003.03284), Table 1", ["https://arxiv.org/abs/2003.03284"]),
        ("cbfinn/maml#32 (2018)", ["https://github.com/cbfinn/maml/issues/32"]),
        ("§5.1; cbfinn/maml: main.py", ["https://github.com/cbfinn/maml"]),
        ("63days/Meta-SGD README", ["https://github.com/63days/Meta-SGD"]),
        ("examples/vision/README.md", []),
        ("cbfinn/maml issue 7 (2017)", ["https://github.com/cbfinn/maml/issues/7"]),
        ("cbfinn/maml_rl, icml/results.pkl", ["https://github.com/cbfinn/maml_rl"]),
        ("Table 1, §5.2", []),
    ],
)
def test_sources_lead_to_their_place(text: str, addresses: list[str]) -> None:
    parts = formatting.linked(text)
    assert "".join(part["text"] for part in parts) == text
    assert [part["url"] for part in parts if part["url"]] == addresses


def test_a_final_zero_is_printed_where_the_numbers_beside_have_one() -> None:
    assert formatting.printed(97.0, None, 1) == "97.0"
    assert formatting.printed(97.0) == "97"
    assert formatting.printed(48.7, 1.84, 1) == "48.70 ± 1.84"
