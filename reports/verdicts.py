"""Verdicts in words, signs and order, worst first."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How one reference fared.

    Attributes:
        name: The verdict as rows spell it.
        symbol: A sign that says the same without colour.
        meaning: One sentence for the reader of the report.
    """

    name: str
    symbol: str
    meaning: str

    @property
    def slug(self) -> str:
        """The name as it stands in links and style classes."""
        return self.name.replace(" ", "-")


VERDICTS = (
    Verdict(name="failed", symbol="✕", meaning="The run stopped with an error, so there is no number."),
    Verdict(
        name="diverged",
        symbol="∞",
        meaning="Training or adaptation left the finite numbers in most seeds, so a mean would say nothing.",
    ),
    Verdict(
        name="above",
        symbol="▲",
        meaning="Our number is higher than the printed one by more than both uncertainties explain. "
        "That is better for an accuracy or a return and worse for an error; the row says which.",
    ),
    Verdict(
        name="below",
        symbol="▼",
        meaning="Our number is lower than the printed one by more than both uncertainties explain. "
        "Too good is as suspicious as too bad.",
    ),
    Verdict(
        name="inconclusive",
        symbol="?",
        meaning="Too few runs, or spreads too wide, to say either way.",
    ),
    Verdict(
        name="not comparable",
        symbol="≠",
        meaning="Measured at a reduced scale, under other settings or on other data: "
        "both numbers are shown and not set against each other.",
    ),
    Verdict(name="data missing", symbol="∅", meaning="The experiment needs data that was not there."),
    Verdict(name="not run", symbol="○", meaning="No run has been recorded yet."),
    Verdict(
        name="quoted",
        symbol="”",
        meaning="The paper repeats the number of another method from earlier work, which nothing here runs.",
    ),
    Verdict(
        name="no printed number",
        symbol="–",
        meaning="The paper draws or states this without a number, so ours stands alone.",
    ),
    Verdict(
        name="reproduced",
        symbol="✓",
        meaning="The difference is no larger than both uncertainties explain.",
    ),
)

_BY_NAME = {verdict.name: verdict for verdict in VERDICTS}


def verdict(name: str) -> Verdict:
    """The verdict of that name; an unknown name is shown as it is, without a meaning."""
    return _BY_NAME.get(name) or Verdict(name=name, symbol="·", meaning="")


def severity(name: str) -> int:
    """Position in the order worst first; unknown verdicts come before all others."""
    return VERDICTS.index(_BY_NAME[name]) if name in _BY_NAME else -1
