"""The devices that a user can ask for."""

from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.running.devices import check_device


@pytest.fixture(autouse=True)
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_a_gpu_needs_its_device_file(tmp_path: Path) -> None:
    for device in ("auto", "cpu"):
        check_device(device, tmp_path)
    with pytest.raises(BenchmarkError, match=r"^device 'gpu' is not available: this machine has no GPU"):
        check_device("gpu", tmp_path)
    with pytest.raises(BenchmarkError, match=r"choose from cpu$"):
        check_device("gpu", tmp_path, allowed=("cpu", "gpu"))
    (tmp_path / "nvidia0").touch()
    check_device("gpu", tmp_path)


@pytest.mark.parametrize("value", ["", "-1"])
def test_hidden_gpus_are_not_available(value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nvidia0").touch()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    with pytest.raises(BenchmarkError, match=f"CUDA_VISIBLE_DEVICES is '{value}'"):
        check_device("gpu", tmp_path)
