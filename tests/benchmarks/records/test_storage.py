"""Tests of JSON, `.npz`, atomic writes and locks."""

import fcntl
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.errors import BenchmarkError
from benchmarks.records import storage

OLD = {"x": np.arange(3)}
NEW = {"x": np.arange(4)}


def pair(path: Path) -> tuple[int, list[int]] | None:
    """Returns what a reader sees: the mark in the JSON and in the array beside it, or None without a JSON."""
    if not path.exists():
        return None
    document = storage.read_json(path)
    arrays = storage.StoredArrays(path.with_suffix(".npz"), document[storage.CHECKSUM_FIELD])
    return document["mark"], arrays["x"].tolist()


def test_pair_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "pair.json"
    storage.write_pair(path, {"mark": 1}, OLD)
    assert pair(path) == (1, [0, 1, 2])
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["pair.json", "pair.npz"]


KILLED = """
import os, sys
from pathlib import Path
import numpy as np
from benchmarks.records import storage
steps = iter(range(100))
def dying(do):
    def step(*arguments, **keywords):
        if next(steps) == int(sys.argv[2]):
            os._exit(9)
        return do(*arguments, **keywords)
    return step
os.fsync, os.replace, Path.unlink = dying(os.fsync), dying(os.replace), dying(Path.unlink)
storage.write_pair(Path(sys.argv[1]), {"mark": 2}, {"x": np.arange(4)})
"""


@pytest.mark.parametrize("overwrites", [False, True])
def test_kill_at_any_step_leaves_no_wrong_pair(tmp_path: Path, overwrites: bool) -> None:
    found = []
    for step in range(5):  # two times fsync, unlink, two times replace
        path = tmp_path / f"{step}.json"
        if overwrites:
            storage.write_pair(path, {"mark": 1}, OLD)
        command = [sys.executable, "-c", KILLED, str(path), str(step)]
        assert subprocess.run(command, check=False).returncode == 9
        found.append(pair(path))
        storage.write_pair(path, {"mark": 3}, NEW)
        assert pair(path) == (3, [0, 1, 2, 3])
    old = (1, [0, 1, 2]) if overwrites else None
    assert found == [old, old, old, None, None]


def test_failure_between_both_files_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace: Callable[[Path, Path], None] = os.replace

    def full_disk(source: Path, target: Path) -> None:
        if target.suffix == ".json":
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(BenchmarkError, match=r"cannot write .*pair\.json: No space left on device"):
        storage.write_pair(tmp_path / "pair.json", {}, OLD)
    assert [entry.name for entry in tmp_path.iterdir()] == ["pair.npz"]


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(BenchmarkError, match=r"cannot write .*taken"):
        storage.write_pair(tmp_path / "taken" / "pair.json", {}, OLD)
    with (
        pytest.raises(BenchmarkError, match=r"cannot lock .*pair"),
        storage.exclusive(tmp_path / "taken" / "pair.lock", tmp_path / "pair.json"),
    ):
        pytest.fail("the lock was given")


def test_npz_depends_on_the_arrays_alone() -> None:
    left = storage.npz_bytes({"b/1": np.arange(3), "a": np.ones(2)})
    right = storage.npz_bytes({"a": np.ones(2), "b/1": np.arange(3)})
    assert left == right
    with zipfile.ZipFile(io.BytesIO(left)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert storage.npz_bytes({"a": np.ones(3)}) != left


def test_npz_is_what_numpy_reads(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(storage.npz_bytes({"k/1": np.array([1, np.inf], np.float32)}))
    with np.load(tmp_path / "a.npz") as archive:
        assert archive.files == ["k/1"]
        assert archive["k/1"].dtype == np.float32


def test_objects_are_neither_written_nor_read(tmp_path: Path) -> None:
    objects = np.array([{"a": 1}], dtype=object)
    with pytest.raises(ValueError, match="Object arrays"):
        storage.npz_bytes({"x": objects})
    np.savez(tmp_path / "a.npz", x=objects)
    with pytest.raises(BenchmarkError, match=r"a\.npz is not a readable \.npz: Object arrays"):
        len(stored(tmp_path / "a.npz"))


def stored(path: Path) -> storage.StoredArrays:
    return storage.StoredArrays(path, hashlib.sha256(path.read_bytes()).hexdigest())


@settings(deadline=None)
@given(data=st.data())
def test_foreign_npz_is_refused_in_one_error(data: st.DataObject, tmp_path_factory: Any) -> None:
    path = tmp_path_factory.mktemp("foreign") / "a.npz"
    content = bytearray(storage.npz_bytes(NEW))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    try:
        message = f"{path} holds {len(stored(path))} arrays"
    except BenchmarkError as error:
        message = str(error)
    assert message.startswith(str(path))
    assert "\n" not in message


def test_arrays_changed_since_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(storage.npz_bytes(OLD))
    arrays = stored(tmp_path / "a.npz")
    (tmp_path / "a.npz").write_bytes(storage.npz_bytes(NEW))
    with pytest.raises(BenchmarkError, match=r"a\.npz has checksum [0-9a-f]{12}, but [0-9a-f]{12} was"):
        len(arrays)


def test_json_is_strict() -> None:
    document = {
        "a": [np.float32("nan"), float("inf"), (-np.inf, 1.5)],
        "b": np.int64(3),
        "c": {"d": np.bool_(True), "e": None},
    }
    expected = {"a": ["nan", "inf", ["-inf", 1.5]], "b": 3, "c": {"d": True, "e": None}}
    assert json.loads(storage.json_bytes(document)) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not readable JSON"),
        (b'{"a": 1', "not readable JSON"),
        (b'{"a": NaN}', "NaN is not strict JSON"),
        (b'{"a": -Infinity}', "-Infinity is not strict JSON"),
        (b"\xff\xfe\x00", "not readable JSON"),
        (b"[" * 100_000, "not readable JSON"),
        (b"[1]", "holds a JSON list, not an object"),
        (b"9" * 5000, "not readable JSON"),
    ],
)
def test_json_that_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(BenchmarkError, match=rf"a\.json.*{message}|{message}.*a\.json"):
        storage.read_json(tmp_path / "a.json")


def test_json_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"cannot read .*a\.json: No such file"):
        storage.read_json(tmp_path / "a.json")


HOLDER = """
import sys
from pathlib import Path
from benchmarks.records import storage
with storage.exclusive(Path(sys.argv[1]), Path("record.json")):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(path: Path) -> "subprocess.Popen[str]":
    """Returns a process that holds the lock until its standard input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_lock_names_the_process_that_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with holder(path) as process:
        message = rf"^record\.json is being written by process {process.pid}; wait until it ends$"
        with pytest.raises(BenchmarkError, match=message), storage.exclusive(path, Path("record.json")):
            pytest.fail("the lock was given")
        process.communicate()
    assert process.returncode == 0
    assert not path.exists()
    with storage.exclusive(path, Path("record.json")):
        assert path.read_text() == str(os.getpid())


def test_lock_of_a_killed_process_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with holder(path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert path.exists()
    with storage.exclusive(path, Path("record.json")):
        assert path.read_text() == str(os.getpid())


def test_lock_of_a_removed_file_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the last owner removes the file after it was opened here, the lock must be taken on the new file."""
    path = tmp_path / "a.lock"
    removals = iter([True])
    lock = fcntl.flock

    def lose_and_lock(descriptor: int, operation: int) -> None:
        if next(removals, False):
            path.unlink()
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", lose_and_lock)
    with storage.exclusive(path, Path("record.json")):
        assert path.read_text() == str(os.getpid())


def test_lock_is_freed_when_its_work_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), storage.exclusive(tmp_path / "a.lock", Path("record.json")):
        raise KeyboardInterrupt
    with storage.exclusive(tmp_path / "a.lock", Path("record.json")):
        pass


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom benchmarks.records import storage\n"
        "os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "storage.write_pair(Path(sys.argv[1]), {}, {})"
    )
    path = tmp_path / "record.json"
    subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert len(list(tmp_path.iterdir())) == 2
    storage.write_pair(path, {}, {})
    assert sorted(file.name for file in tmp_path.iterdir()) == ["record.json", "record.npz"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    storage.write_text(tmp_path / "link", "new")
    assert (tmp_path / "target").read_text() == "kept"
    assert (tmp_path / "link").read_text() == "new"


def test_text_that_is_no_unicode_is_one_line() -> None:
    with pytest.raises(BenchmarkError, match=r"^here: it holds text that is not valid Unicode$"):
        storage.checked({"how": "\ud800"}, dict[str, Literal["failed"]], "here")
