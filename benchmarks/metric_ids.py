"""The grammar of metric ids: `test/n-steps` is the score of a meta-test after n steps of adaptation."""

import re
from dataclasses import dataclass

_ID = re.compile(r"(.+)/(0|[1-9]\d{0,8})-steps?")


@dataclass(frozen=True)
class StepMetric:
    """The score of one meta-test after a number of inner steps. Its text is the metric id, such as "k-5/1-step".

    Attributes:
        test: Name of the meta-test.
        steps: Number of inner steps; 0 is before adaptation.
    """

    test: str
    steps: int

    def __str__(self) -> str:
        return f"{self.test}/{steps_word(self.steps)}"

    @classmethod
    def parse(cls, text: str) -> "StepMetric | None":
        """Returns the metric with this id, or None for an id of another kind, such as "parameters"."""
        match = _ID.fullmatch(text)
        metric = cls(match[1], int(match[2])) if match else None
        return metric if str(metric) == text else None


def steps_word(steps: int) -> str:
    """Returns the last word of a metric id or reference id: "0-steps", "1-step", "2-steps"."""
    return "1-step" if steps == 1 else f"{steps}-steps"
