"""The words for verdicts with their symbols, colours and meanings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome of the comparison of one reference with our runs.

    Attributes:
        name: The word that rows of the report data use.
        symbol: A character that conveys the verdict without colour.
        colours: Text colours in the light and in the dark theme; empty for a neutral grey.
        meaning: An explanation for the reader of the report.
        gist: The explanation in a few words, for the legend.
        side: 1 if our number is higher than the paper's, -1 if it is lower, 0 if both agree; None if undecided.
        comparable: Whether our runs may be drawn beside the paper's number.
    """

    name: str
    symbol: str
    colours: tuple[str, ...] = ()
    meaning: str = ""
    gist: str = ""
    side: int | None = None
    comparable: bool = True

    @property
    def slug(self) -> str:
        """The name as used in links and style classes."""
        return self.name.replace(" ", "-")


# The order is used for report data that does not give one.
VERDICTS = (
    Verdict(
        name="failed",
        gist="stopped with an error",
        symbol="✕",
        colours=("#a01c22", "#f2888c"),
        meaning="The run stopped with an error, so there is no number.",
    ),
    Verdict(
        name="diverged",
        gist="too many seeds diverged for a mean",
        symbol="∞",
        colours=("#84194f", "#ea8bbb"),
        meaning="Training or adaptation diverged in so many seeds that a mean would be meaningless.",
    ),
    Verdict(
        name="above",
        gist="higher than published, beyond chance",
        symbol="▲",
        colours=("#96540a", "#e6b06a"),
        meaning="Our number is higher than the paper’s by more than the uncertainties explain. "
        "This is better for an accuracy or a return and worse for an error; the row says which.",
        side=1,
    ),
    Verdict(
        name="below",
        gist="lower than published, beyond chance",
        symbol="▼",
        colours=("#8c3a12", "#eda07a"),
        meaning="Our number is lower than the paper’s by more than the uncertainties explain. "
        "A result that is better than the paper’s deserves as much suspicion as one that is worse.",
        side=-1,
    ),
    Verdict(
        name="inconclusive",
        gist="neither equal nor different: few or scattered seeds",
        symbol="?",
        colours=("#345f8c", "#93bce6"),
        meaning="Neither equal nor different: too few seeds, or seeds that scatter too widely. The reason says which.",
    ),
    Verdict(
        name="not comparable",
        gist="a reduced or older run, shown but not compared",
        symbol="≠",
        colours=("#5b5580", "#b8b1e0"),
        meaning="Our number was measured at a reduced scale, with other settings or on other data. "
        "Both numbers are shown, but they are not compared.",
        comparable=False,
    ),
    Verdict(
        name="data missing",
        symbol="∅",
        gist="needs a data set that is not installed",
        meaning="The experiment needs a data set that is not installed.",
    ),
    Verdict(
        name="not run",
        symbol="○",
        gist="declared, but not run yet",
        meaning="An experiment is declared, but no run has been recorded yet.",
    ),
    Verdict(
        name="not implemented",
        symbol="·",
        gist="no experiment measures it yet",
        meaning="No experiment of this project measures this yet.",
    ),
    Verdict(
        name="quoted",
        gist="copied from earlier work, not run here",
        symbol="”",
        meaning="The paper quotes this number of another method from earlier work. This project does not run it.",
    ),
    Verdict(
        name="no printed number",
        gist="shown or stated without a number",
        symbol="–",
        meaning="The paper shows or states this without a number, so there is nothing to compare ours with.",
    ),
    Verdict(
        name="reproduced",
        gist="equal within the margin",
        symbol="✓",
        colours=("#24683f", "#84cf9f"),
        meaning="The 95 % interval of our mean over seeds lies within the margin around the paper’s number.",
        side=0,
    ),
)

_BY_NAME = {verdict.name: verdict for verdict in VERDICTS}


def verdict(name: str) -> Verdict:
    """Returns the verdict with that name; an unknown name gets a neutral symbol and colour and no meaning."""
    return _BY_NAME.get(name) or Verdict(name=name, symbol="·")


def ordered(data: Mapping[str, Any]) -> tuple[Verdict, ...]:
    """Returns all verdicts, worst first, in the order that the report data gives in `verdicts` if it does.

    Words that occur in rows but not in that order come first, so that nobody overlooks them.
    """
    order = [str(name) for name in data.get("verdicts") or _BY_NAME]
    unknown = sorted({str(row["verdict"]) for row in data["rows"]} - set(order))
    return tuple(map(verdict, [*unknown, *order]))


def tone(row: Mapping[str, Any]) -> str:
    """Returns the style classes of a row: those of its verdict, and "better" if ours is better than the paper's."""
    shown = verdict(row["verdict"])
    if better_or_worse(row) == "better":
        return "better"
    return shown.slug if shown.colours else f"{shown.slug} neutral"


def better_or_worse(row: Mapping[str, Any]) -> str:
    """Returns "better" or "worse" if our number differs from the paper’s and one direction is better, else ""."""
    side = verdict(row["verdict"]).side
    if not side or not row["better"]:
        return ""
    return "better" if (row["better"] == "higher") == (side > 0) else "worse"
