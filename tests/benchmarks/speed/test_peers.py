"""Each peer computes the loss and the meta-gradient of the library, wherever its packages are installed."""

import importlib
from pathlib import Path

import pytest

from benchmarks.speed.agreement import check
from benchmarks.speed.ours import Ours
from benchmarks.speed.sides import PEERS, SIDES, missing_packages
from tests.benchmarks.speed.tiny import CHANGES, assignment, computed

INSTALLABLE = [name for name in PEERS if SIDES[name].packages]


@pytest.mark.usefixtures("eager")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("peer", INSTALLABLE)
def test_a_peer_is_the_method_of_the_library(peer: str, name: str, tmp_path: Path) -> None:
    if missing := missing_packages(SIDES[peer]):
        pytest.skip(f"{', '.join(missing)} not installed")
    given = assignment(name, tmp_path)
    expected = computed(Ours(given))
    program = importlib.import_module(SIDES[peer].module).program(given)
    check(peer, computed(program), expected)
    program.run(2)
    assert computed(program).loss != expected.loss
