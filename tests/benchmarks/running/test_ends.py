"""Runs that end early, by a signal to the worker or by the end of its parent: the state is kept and nothing runs on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from benchmarks.records.provenance import ROOT
from benchmarks.records.store import RecordStore

RUN = ("run", "sinusoid/oracle", "--scale", "paper", "--out", "out")


@pytest.fixture
def parent(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A run that has made its first progress, in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks", *RUN],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # As in a terminal, although the tests may run where it is ignored, as behind `nohup`.
        preexec_fn=partial(signal.signal, signal.SIGHUP, signal.SIG_DFL),
    ) as process:
        wait_until(lambda: "training_memory_bytes" in sessions(tmp_path))
        yield process
        process.kill()


def sessions(folder: Path) -> str:
    path = folder / "out/.checkpoints/sinusoid/oracle/paper-code-seed0.sessions.json"
    return path.read_text() if path.exists() else ""


def lock(folder: Path) -> Path:
    return RecordStore(folder / "out").path("sinusoid/oracle", "paper", "code", 0).with_suffix(".lock")


def wait_until(met: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def ended(process: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return True


def assert_state_is_kept(folder: Path) -> None:
    assert (folder / "out/.checkpoints/sinusoid/oracle/paper-code-seed0.npz").exists()
    assert not (folder / "out/.failed").exists()
    assert not lock(folder).exists()


def test_a_worker_that_is_terminated_is_no_success(parent: "subprocess.Popen[str]", tmp_path: Path) -> None:
    os.kill(int(lock(tmp_path).read_text()), signal.SIGTERM)
    out, error = parent.communicate(timeout=60)
    assert parent.returncode == 130, error
    assert "interrupted: sinusoid/oracle paper code seed 0: its worker process was stopped" in error
    assert out.startswith("0 recorded, 0 already there, 0 failed, 1 interrupted,")
    assert_state_is_kept(tmp_path)


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGHUP])
def test_a_worker_ends_with_its_parent(by: signal.Signals, parent: "subprocess.Popen[str]", tmp_path: Path) -> None:
    worker = int(lock(tmp_path).read_text())
    parent.send_signal(by)
    parent.wait(timeout=10)
    wait_until(lambda: ended(worker), seconds=10)
    assert_state_is_kept(tmp_path)


def test_the_signal_of_batch_systems_has_an_exit_status_of_its_own(
    parent: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    parent.send_signal(signal.SIGUSR1)
    _, error = parent.communicate(timeout=60)
    assert parent.returncode == 138, error
    assert "the same command resumes the runs" in error
    assert_state_is_kept(tmp_path)
