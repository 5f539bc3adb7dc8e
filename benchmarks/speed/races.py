"""What `speed` times: an experiment of the catalogue, ours against the authors' program."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Race:
    """One experiment to be timed.

    Attributes:
        experiment: id of the experiment, whose settings at the paper's scale both sides take.
        ours: meta-iterations of ours in a round.
        theirs: meta-iterations of the authors' program in a round; fewer where it takes longer.
        image: height, width and channels of the images, for classification. They are noise, so that no data are
            needed: what they show makes no difference to the time.
    """

    experiment: str
    ours: int
    theirs: int
    image: tuple[int, int, int] | None = None

    def theirs_for(self, ours: int) -> int:
        """How many of theirs go with so many of ours."""
        return max(2, round(ours * self.theirs / self.ours))


RACES: Mapping[str, Race] = MappingProxyType(
    {
        "sinusoid": Race(experiment="sinusoid/maml", ours=5000, theirs=250),
        "omniglot-no-conv": Race(experiment="omniglot/no-conv-5-way-1-shot", ours=200, theirs=20, image=(28, 28, 1)),
        "omniglot": Race(experiment="omniglot/maml-5-way-1-shot", ours=40, theirs=5, image=(28, 28, 1)),
        "mini-imagenet": Race(experiment="mini-imagenet/maml-5-way-1-shot", ours=3, theirs=3, image=(84, 84, 3)),
    }
)
