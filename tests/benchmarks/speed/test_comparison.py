"""The speed comparison: both sides do the same work. No test asserts a time."""

import numpy as np
import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.errors import BenchmarkError
from benchmarks.family import Race
from benchmarks.speed import comparison as speed


@pytest.mark.parametrize(("name", "iterations"), [("sinusoid", 500), ("omniglot-no-conv", 4)])
def test_both_sides_are_timed_alternately(name: str, iterations: int) -> None:
    race = CATALOGUE.races[name]
    result = speed.compare(race, CATALOGUE[race.experiment], iterations=iterations, rounds=1, quiet=True)
    assert len(result["ratios"]) == 1
    ours, authors = result["ours_seconds_per_iteration"][0], result["authors_seconds_per_iteration"][0]
    assert ours > 0
    assert result["ratio"] == pytest.approx(authors / ours)
    whole = CATALOGUE[race.experiment].training["iterations"]
    assert result["ours_seconds_at_paper_scale"] == pytest.approx(whole * ours)


def test_an_unknown_race_is_quoted() -> None:
    with pytest.raises(BenchmarkError, match="unknown comparison 'marathon'; choose from sinusoid, "):
        CATALOGUE.race("marathon")


def test_a_contender_that_ends_is_reported() -> None:
    race = CATALOGUE.races["sinusoid"]
    with (
        speed.contender("nobody", race, CATALOGUE[race.experiment]) as contender,
        pytest.raises(BenchmarkError, match="nobody' ended"),
    ):
        contender.receive()


@pytest.mark.parametrize("race", CATALOGUE.races.values(), ids=list(CATALOGUE.races))
def test_as_many_more_of_theirs_as_of_ours(race: Race) -> None:
    assert race.theirs_for(race.ours) == race.theirs
    assert race.theirs_for(10 * race.ours) == 10 * race.theirs
    assert race.theirs_for(1) >= 2


@pytest.mark.parametrize(
    "race", [race for race in CATALOGUE.races.values() if race.image], ids=lambda race: race.experiment
)
def test_noise_has_the_size_of_the_images(race: Race) -> None:
    network = CATALOGUE[race.experiment].learner["network"]
    assert race.image
    assert np.prod(race.image) == (np.prod(network["image"]) if "image" in network else network["inputs"])
