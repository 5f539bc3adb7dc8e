"""Tests of the contrast of all colours in the light and the dark theme."""

import re
from pathlib import Path

import pytest

import reports
from reports import chart_elements, verdicts

STYLE = (Path(reports.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
LIGHT, DARK = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part)) for part in STYLE.split("@media", 2)[:2])
TEXT = 4.5
GRAPHICS = 3.0

Colour = tuple[float, float, float]


def colour(text: str) -> Colour:
    red, green, blue = (int(text[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def mixed(over: Colour, under: Colour, share: float) -> Colour:
    red, green, blue = (share * a + (1 - share) * b for a, b in zip(over, under, strict=True))
    return red, green, blue


def luminance(values: Colour) -> float:
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_stands_out_from_what_lies_behind_it(theme: dict[str, str]) -> None:
    for background in ("page", "wash"):
        for name in ("ink", "soft", "accent", "warning"):
            assert contrast(colour(theme[name]), colour(theme[background])) >= TEXT, (name, background)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("verdict", verdicts.VERDICTS, ids=lambda verdict: verdict.slug)
def test_badges_are_readable(theme: dict[str, str], verdict: verdicts.Verdict) -> None:
    light, dark = verdict.colours or (LIGHT["soft"], DARK["soft"])
    tone, page = colour(light if theme is LIGHT else dark), colour(theme["page"])
    assert contrast(tone, mixed(tone, page, 0.11)) >= TEXT


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_curves_stand_out_and_differ_in_their_dashes(theme: dict[str, str]) -> None:
    for index in range(chart_elements.SERIES):
        assert contrast(colour(theme[chart_elements.series(index)]), colour(theme["page"])) >= GRAPHICS
    dashes = re.findall(r"--tone: var\(--series-\d\); --dashes: ([\w. ]+); }", STYLE)
    assert len(set(dashes[: chart_elements.SERIES])) == chart_elements.SERIES
