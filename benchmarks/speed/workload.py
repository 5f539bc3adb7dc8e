"""What a speed comparison compares, and for how long."""

from dataclasses import dataclass
from typing import Self

from benchmarks.declaring.experiment import Experiment
from benchmarks.declaring.settings import Settings
from benchmarks.family import Race


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How long is timed.

    Attributes:
        rounds: Rounds of each pair, after the turns that warm up.
        turn: Seconds that a turn should last; one meta-iteration that takes longer is a turn by itself.
        pair: Seconds after which a pair has no further round, once it has had two.
        seconds: Seconds after which no further peer is started; None for no limit.
    """

    rounds: int = 5
    turn: float = 1.0
    pair: float = 30.0
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Workload:
    """What is compared.

    Attributes:
        name: The name that a user types.
        race: What the family declares.
        experiment: The experiment that it names.
        settings: The settings that all sides use.
    """

    name: str
    race: Race
    experiment: Experiment
    settings: Settings

    @classmethod
    def of(cls, name: str, race: Race, experiment: Experiment) -> Self:
        """Returns the workload with the settings at the paper's scale, as the authors' code has them."""
        return cls(name=name, race=race, experiment=experiment, settings=experiment.settings("paper", "code"))
