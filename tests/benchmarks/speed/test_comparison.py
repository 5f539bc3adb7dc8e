"""The speed comparison: that both sides do what they are compared for, never how long it takes."""

import numpy as np
import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.errors import BenchmarkError
from benchmarks.speed import comparison as speed
from benchmarks.speed.races import RACES, Race


@pytest.mark.parametrize(("race", "iterations"), [("sinusoid", 500), ("omniglot-no-conv", 4)])
def test_both_sides_are_timed_in_turn(race: str, iterations: int) -> None:
    result = speed.compare(race, iterations=iterations, rounds=1, quiet=True)
    assert len(result["ratios"]) == 1
    ours, authors = result["ours_seconds_per_iteration"][0], result["authors_seconds_per_iteration"][0]
    assert ours > 0
    assert result["ratio"] == pytest.approx(authors / ours)
    whole = CATALOGUE[RACES[race].experiment].training["iterations"]
    assert result["ours_seconds_at_paper_scale"] == pytest.approx(whole * ours)


def test_an_unknown_race_is_quoted() -> None:
    with pytest.raises(BenchmarkError, match="unknown comparison 'marathon'; choose from sinusoid, "):
        speed.compare("marathon", iterations=None, rounds=1)


def test_a_contender_that_dies_is_told() -> None:
    with speed.Contender("nobody", "sinusoid") as contender, pytest.raises(BenchmarkError, match="'nobody' ended"):
        contender.seconds(1)


@pytest.mark.parametrize("race", RACES.values(), ids=list(RACES))
def test_as_many_more_of_theirs_as_of_ours(race: Race) -> None:
    assert race.theirs_for(race.ours) == race.theirs
    assert race.theirs_for(10 * race.ours) == 10 * race.theirs
    assert race.theirs_for(1) >= 2


@pytest.mark.parametrize("race", [race for race in RACES.values() if race.image], ids=lambda race: race.experiment)
def test_noise_has_the_size_of_the_images(race: Race) -> None:
    network = CATALOGUE[race.experiment].learner["network"]
    assert race.image
    assert np.prod(race.image) == (np.prod(network["image"]) if "image" in network else network["inputs"])
