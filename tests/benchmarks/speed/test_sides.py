"""The choice of peers: those that are installed by default, and those that are named only if they are installed."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.speed import sides
from benchmarks.speed.sides import PEERS, SIDES, choose, fitting
from tests.benchmarks.speed.tiny import assignment


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {
        name: replace(side, packages=("nowhere", "nothing") if name == "higher" else ()) for name, side in SIDES.items()
    }
    monkeypatch.setattr(sides, "SIDES", changed)


LINE = "higher needs nowhere and nothing, not installed here: pip install 'maml-tf[peers]'"


@pytest.mark.usefixtures("absent")
def test_what_is_not_installed_is_left_out_and_named() -> None:
    chosen, left_out = choose(None)
    assert chosen == [name for name in PEERS if name not in ("higher", "ours-tf32")]
    assert left_out == [LINE]


@pytest.mark.usefixtures("absent")
def test_a_peer_that_is_named_must_be_installed() -> None:
    with pytest.raises(BenchmarkError) as error:
        choose(["authors", "higher"])
    assert str(error.value) == LINE
    assert error.value.exit_status == 2
    assert choose(["authors"]) == (["authors"], [])


def test_an_unknown_peer_is_quoted() -> None:
    with pytest.raises(BenchmarkError, match="unknown peer 'theano'; choose from ours-first-order, "):
        choose(["theano"])


@pytest.mark.usefixtures("absent")
def test_tensor_float_32_needs_a_gpu() -> None:
    assert "ours-tf32" in choose(None, "gpu")[0]
    assert "ours-tf32" not in choose(None)[0]
    with pytest.raises(BenchmarkError, match="ours-tf32 needs a GPU, so --device must be 'gpu' with it, not 'cpu'"):
        choose(["ours-tf32"])


def test_bfloat16_is_for_networks_with_convolutions(tmp_path: Path) -> None:
    names = ["ours-bfloat16", "authors"]
    assert fitting(names, assignment("omniglot", tmp_path).problem) == (names, [])
    line = "ours-bfloat16 needs a network with convolutions"
    assert fitting(names, assignment("omniglot-no-conv", tmp_path).problem) == (["authors"], [line])


def test_every_side_is_a_module() -> None:
    for side in SIDES.values():
        assert importlib.util.find_spec(side.module), side.module
