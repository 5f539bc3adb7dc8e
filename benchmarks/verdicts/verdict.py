"""The verdicts on a reference, and the thresholds that all comparisons with the paper share."""

from enum import StrEnum

# With fewer seeds the spread over seeds counts as unknown, both for a verdict and for the gate.
MINIMUM_SEEDS = 3
# With too few seeds, how many half-widths over tasks a difference must exceed. Seeds scatter several times as much.
FAR_OUTSIDE = 10.0


class Verdict(StrEnum):
    """The result of comparing our records with one reference, worst first."""

    FAILED = "failed"
    DIVERGED = "diverged"
    ABOVE = "above"
    BELOW = "below"
    INCONCLUSIVE = "inconclusive"
    NOT_COMPARABLE = "not comparable"
    DATA_MISSING = "data missing"
    NOT_RUN = "not run"
    NOT_IMPLEMENTED = "not implemented"
    QUOTED = "quoted"
    NO_PRINTED_NUMBER = "no printed number"
    REPRODUCED = "reproduced"

    @property
    def severity(self) -> int:
        """The position in the list of verdicts: 0 is the worst."""
        return list(Verdict).index(self)

    @property
    def compares(self) -> bool:
        """Whether the verdict comes from comparing a complete, current measurement with the reference."""
        return self in (self.REPRODUCED, self.ABOVE, self.BELOW, self.INCONCLUSIVE, self.DIVERGED)
