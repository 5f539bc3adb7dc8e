"""Child processes: requests, answers, and how the end of a process is reported."""

from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.running.child import Child

ECHO = """
import os, sys, time
from benchmarks.running.child import serve

requests, answer = serve()
print("a library prints")
for request in requests:
    if request == "end":
        sys.exit(3)
    if request == "sleep":
        time.sleep(600)
    answer([request, sys.argv[1:], os.environ.get("SPECIAL")])
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "echo_child.py").write_text(ECHO)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(__file__).parents[3]}")
    return "echo_child"


def test_each_request_is_answered_and_prints_go_to_the_log(module: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = Child(module, "word", environment={"SPECIAL": "set"}, log=log)
    for request in ("text", {"number": 1.5}, None):
        child.send(request)
        assert child.receive() == [request, ["word"], "set"]
    child.close()
    assert not child.running
    assert log.read_text() == "a library prints\n"


def test_an_end_is_reported_with_status_and_log(module: str, tmp_path: Path) -> None:
    with Child(module, log=tmp_path / "log") as child:
        child.send("end")
        with pytest.raises(BenchmarkError, match=rf"'{module}' ended with status 3; see .*log") as raised:
            child.receive()
        child.send("nobody is there")
    assert raised.value.exit_status == 1


def test_a_block_ends_its_child(module: str) -> None:
    with Child(module) as child:
        child.send("sleep")
        running = child.running
    assert (running, child.running) == (True, False)


COMPUTING = """
import hashlib, sys
from pathlib import Path
from benchmarks.running import signals
from benchmarks.running.child import serve

signals.stop_on_signals()
requests, answer = serve()
with signals.before_forced_end(lambda: Path(sys.argv[1]).write_text("saved")):
    for request in requests:
        answer("started")
        # One call that takes minutes, lets other threads run and is not interrupted by signals.
        hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)
"""


def test_a_child_that_computes_ends_with_its_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it runs a function that no signal interrupts, as TensorFlow does."""
    (tmp_path / "computing_child.py").write_text(COMPUTING)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(__file__).parents[3]}")
    child = Child("computing_child", str(tmp_path / "state"))
    child.send("compute")
    assert child.receive() == "started"
    child.close()  # as the end of the parent does
    assert (tmp_path / "state").read_text() == "saved"
