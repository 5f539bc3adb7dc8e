"""The devices that a user can ask for, and what can be known about them without starting TensorFlow."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.errors import BenchmarkError, check_choice

DEVICES = ("auto", "cpu", "gpu")

# Device files of NVIDIA GPUs, of those in the Windows Subsystem for Linux and on Jetson boards, and of AMD GPUs.
_DEVICE_FILES = ("nvidia[0-9]*", "dxg", "nvhost-*", "kfd")


def check_device(device: str, folder: Path = Path("/dev"), allowed: Sequence[str] = DEVICES) -> None:
    """Checks the device that a user asks for. Whether TensorFlow can use a GPU shows only when a run starts.

    Args:
        device: "auto", "cpu" or "gpu".
        folder: Folder of the system's device files.
        allowed: The words that may be chosen.

    Raises:
        BenchmarkError: The word is unknown, or there cannot be a GPU.
    """
    check_choice("device", device, allowed)
    if device != "gpu":
        return
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    if hidden in ("", "-1"):
        raise BenchmarkError(f"device 'gpu' is not available: CUDA_VISIBLE_DEVICES is {hidden!r}, which hides all GPUs")
    if sys.platform == "linux" and not any(any(folder.glob(name)) for name in _DEVICE_FILES):
        others = ", ".join(word for word in allowed if word != "gpu")
        raise BenchmarkError(f"device 'gpu' is not available: this machine has no GPU; choose from {others}")
