"""Where the time goes: shares, and what products at the best rate would give. No test asserts a time."""

from pathlib import Path

import pytest

from benchmarks.experiments.sinusoid.declarations import MAML
from benchmarks.family import Race
from benchmarks.speed import breakdown, comparison
from benchmarks.speed.breakdown import Breakdown, break_down
from benchmarks.speed.workload import Workload

MS = {"Conv2DBackpropFilter": 3.0, "BatchMatMulV2": 1.0, "dot_add_fusion": 2.0, "Mul": 1.0, "Conjugate": 1.0}


def test_products_are_told_from_other_operations() -> None:
    found = Breakdown(workload="x", device="cpu", time_ms=8.0, ms=MS, products_ms=2.5)
    assert found.share_of_products == pytest.approx(0.75)
    assert found.best_ms == pytest.approx(2 + 2.5)
    assert found.shares[0][:2] == ("Conv2DBackpropFilter", 3.0)
    assert found.shares[0][2] == pytest.approx(0.375)


def test_kernels_of_a_gpu_are_not_told_apart() -> None:
    assert Breakdown(workload="x", device="gpu", time_ms=8.0, ms=MS).best_ms is None


def test_a_workload_is_broken_down_in_processes_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "LOGS", tmp_path)
    monkeypatch.setattr(breakdown, "TURN", 0.0)
    found = break_down(Workload.of("waves", Race(experiment=MAML.id, chunk=2), MAML))
    assert found.time_ms > 0
    assert found.products_ms is not None
    assert found.products_ms > 0
    assert 0 < found.share_of_products < 1
    assert found.layers == []
