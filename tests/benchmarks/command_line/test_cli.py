"""Tests of the command line: misuse, and complete workflows from a run to a report."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.records import baselines
from benchmarks.records.provenance import ROOT
from benchmarks.records.store import FailureNotes, RecordStore
from benchmarks.running.executor import Event
from benchmarks.running.worker import Worker
from tests.benchmarks.conftest import Called
from tests.benchmarks.example_records import example_record
from tests.benchmarks.running.example_job import example_job

Call = Callable[..., Called]


@pytest.mark.parametrize(
    ("words", "quoted"),
    [
        (["run", "sinusoid/mamml"], "'sinusoid/mamml'"),
        (["run", "robots/*"], "'robots/*'"),
        (["run", "sinusoid/maml", "--scale", "galactic"], "'galactic'"),
        (["run", "sinusoid/maml", "--reading", "diary"], "'diary'"),
        (["run", "sinusoid/maml", "--device", "abacus"], "'abacus'"),
        (["list", "nothing"], "'nothing'"),
        (["status", "table-9/*"], "'table-9/*'"),
        (["check", "sinusoid/mamml"], "'sinusoid/mamml'"),
        (["check", "sinusoid/maml", "--fresh", ".", "--scale", "galactic"], "'galactic'"),
        (["check", "sinusoid/maml", "--fresh", ".", "--reading", "diary"], "'diary'; choose from code, text, all"),
        (["accept", "sinusoid/maml", "--records", ".", "--scale", "galactic"], "'galactic'"),
        (["list", "--json", "--markdown"], "--json and --markdown exclude each other"),
        (["status", "--json", "--markdown"], "--json and --markdown exclude each other"),
        (["speed", "--json", "--markdown"], "--json and --markdown exclude each other"),
        (["accept", "sinusoid/maml", "--recompute", "--allow-dirty"], "cannot be used with --allow-dirty"),
        (["accept", "sinusoid/maml", "--recompute", "--records", "."], "cannot be used with --records"),
        (["speed", "rollouts", "--accept", "--reason", "idle"], "so it cannot be used with --accept"),
        (["speed", "rollouts", "--grow", "steps"], "cannot be used with --grow"),
        (["speed", "sinusoid", "--minutes", "0"], "--minutes must be above 0, not 0"),
        (["speed", "marathon"], "'marathon'"),
        (["run", "sinusoid/mamml"], "did you mean 'sinusoid/maml'"),
        (["run", "sinusoid/maml", "--seeds", "2", "--seed", "4"], "--seeds 2 and --seed 4 exclude each other"),
        (["run", "sinusoid/maml", "--all"], "--all and 'sinusoid/maml' exclude each other"),
        (["check", "--fresh", ".", "--seeds", "2"], "so it cannot be used with --seeds 2"),
        (["check", "--fresh", ".", "--out", "there"], "so it cannot be used with --out there"),
        (["check", "--fresh", ".", "--device", "gpu"], "so it cannot be used with --device gpu"),
        (["check", "--seeds", "0"], "received: python -m benchmarks check --seeds 0"),
        (["run", "sinusoid/maml", "--seeds", "two"], "--seeds two"),
        (["run", "--nonsense"], "--nonsense"),
        (["run", "--seed"], "'--seed' requires an argument"),
        (["frobnicate"], "'frobnicate'"),
        (["data", "frobnicate"], "'frobnicate'"),
    ],
)
def test_misuse_is_one_line_that_quotes_it(
    words: list[str], quoted: str, call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    called = call(*words)
    assert called.status == 2
    assert called.error.startswith("error: ")
    assert called.error.count("\n") == 1
    assert quoted in called.error


@pytest.mark.parametrize("words", [(), ("data",)])
def test_a_command_line_without_a_command_prints_the_commands(words: tuple[str, ...], call: Call) -> None:
    called = call(*words)
    assert called.status == 2
    assert called.error.startswith("Usage: ")
    assert "Commands:" in called.error


@pytest.mark.parametrize(
    "words",
    [
        ["check", "--fresh"],
        ["accept", "--reason", "why", "--records"],
        ["status", "--records"],
        ["report", "--records"],
    ],
)
def test_a_missing_folder_of_records_is_quoted(words: list[str], call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name in ("none", "file"):
        called = call(*words, str(tmp_path / name))
        assert called.status == 2
        assert str(tmp_path / name) in called.error


def test_running_everything_has_to_be_asked_for(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    called = call("run", "--scale", "paper")
    assert called.status == 2
    assert called.error == "error: nothing was run; name experiments, or pass --all to run all of this\n"
    *lines, total = called.out.splitlines()
    assert [line.split()[0] for line in lines] == list(CATALOGUE)
    assert f"of {len(CATALOGUE)} runs are to be made; together about " in total
    assert total.endswith(" on two cores")


def test_help_and_version(call: Call) -> None:
    assert call("run", "-h").out == call("run", "--help").out != ""
    called = call("--version")
    assert (called.status, called.out.split()[0]) == (0, "maml-tf")


SPOILED = ("truncated", "edited", "text where a record has numbers")


def spoil(path: Path, how: str) -> None:
    text = path.read_text()
    value = json.loads(text)["metrics"]["k-5/1-step"]["value"]
    path.write_text({
        "truncated": text[:100],
        "edited": text.replace(f'"value": {value!r}', '"value": 0.25'),
        "text where a record has numbers": text.replace(f'"value": {value!r}', '"value": "high"'),
    }[how])  # fmt: skip


@pytest.mark.parametrize("how", SPOILED)
@pytest.mark.parametrize("command", ["status", "report", "accept", "check"])
def test_one_faulty_record_is_named_and_the_others_are_used(
    command: str, how: str, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "accept", partial(baselines.accept, folder=tmp_path / "b"))
    experiment = CATALOGUE["sinusoid/maml"]
    settings, definition = experiment.settings("paper", "code"), experiment.definition("paper", "code")
    records = tmp_path / "records"
    for seed in range(2):
        record = example_record(seed=seed, settings=settings, definition=definition)
        path = RecordStore(records).write(record, record.arrays)
    spoil(path, how)
    words = {
        "status": ("status", "table-2/*", "--json", "--records", str(records)),
        "report": ("report", "--records", str(records), "--out", str(tmp_path / "site")),
        "accept": ("accept", "sinusoid/maml", "--reason", "why", "--by", "Ada", "--records", str(records)),
        "check": ("check", "sinusoid/maml", "--scale", "paper", "--fresh", str(records)),
    }[command]
    called = call(*words)
    assert called.status == 1
    assert called.error.startswith(f"faulty: {path}")
    assert called.error.endswith("; it is left out: run it again with --overwrite, or remove its file\n")
    assert called.error.count("\n") == 1
    if command == "status":
        assert len(json.loads(called.out)) == 15
    elif command == "report":
        assert (tmp_path / "site" / "index.html").exists()
    elif command == "accept":
        (baseline,) = baselines.load(tmp_path / "b")
        assert [record.seed for record in baseline.records] == [0]
    else:
        assert "gate: " in called.out


def test_a_report_folder_that_cannot_be_written(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    called = call("report", "--out", str(tmp_path / "file" / "site"))
    assert called.status == 2
    assert str(tmp_path / "file" / "site") in called.error
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.parametrize("name", ["index.html", "report.json", "references.csv", "metrics.csv"])
def test_the_report_replaces_links_and_does_not_follow_them(name: str, call: Call, tmp_path: Path) -> None:
    target, site = tmp_path / "target", tmp_path / "site"
    target.write_text("kept")
    site.mkdir()
    (site / name).symlink_to(target)
    assert call("report", "--out", str(site)).status == 0
    assert target.read_text() == "kept"
    assert not (site / name).is_symlink()


@pytest.mark.parametrize("setting", ["~nouser", "x" * 5000, "/" * 5000 + "x"])
def test_a_data_folder_that_cannot_be_is_one_line(
    setting: str, call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MAML_TF_DATA", setting)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    (row,) = json.loads(call("data", "status", "omniglot", "--json").out)
    assert row["state"] == "missing"
    assert row["problem"].startswith(f"MAML_TF_DATA is '{setting[:20]}")
    assert len(row["problem"]) < 500


def test_an_empty_gate_fails(call: Call, tmp_path: Path) -> None:
    called = call("check", "sinusoid/oracle", "--fresh", str(tmp_path))
    assert called.status == 1
    assert "nothing was compared" in called.out


def test_a_missing_baseline_fails_with_the_command_that_creates_it(call: Call, tmp_path: Path) -> None:
    record = example_record(experiment="sinusoid/oracle", scale="smoke", reading="text")
    RecordStore(tmp_path).write(record, record.arrays)
    words = ("check", "sinusoid/oracle", "--fresh", str(tmp_path), "--scale", "smoke", "--reading", "text")
    called = call(*words)
    assert called.status == 1
    assert "missing baseline" in called.out
    assert "python -m benchmarks accept" in called.out


def test_accepting_needs_a_reason(call: Call, tmp_path: Path) -> None:
    experiment = CATALOGUE["sinusoid/maml"]
    record = example_record(
        settings=experiment.settings("paper", "code"), definition=experiment.definition("paper", "code")
    )
    RecordStore(tmp_path).write(record, record.arrays)
    called = call("accept", "sinusoid/maml", "--records", str(tmp_path))
    assert called.status == 2
    assert "reason" in called.error


def test_commands_without_training_do_not_import_tensorflow(tmp_path: Path) -> None:
    program = """
import sys
from benchmarks.command_line import cli

report = "report --out " + sys.argv[1]
for words in ("list --json", "status --json", "data status --json", "list --help", "--help", report):
    sys.argv = ["benchmarks", *words.split()]
    try:
        cli.main()
    except SystemExit as ended:
        assert not ended.code, words
    heavy = {"tensorflow", "keras"} & set(sys.modules)
    assert not heavy, (words, heavy)
"""
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, cwd=ROOT, text=True)
    assert done.returncode == 0, done.stderr


def test_status_as_json_holds_the_documented_keys(call: Call) -> None:
    called = call("status", "table-2/*", "--json")
    rows = json.loads(called.out)
    assert len(rows) == 15
    wanted = {"reference", "experiment", "paper", "ours", "verdict", "scale", "reading", "seeds"}
    assert all(wanted <= set(row) for row in rows)


def benchmarks(*words: str, folder: Path) -> Called:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    return Called(done.returncode, done.stdout, done.stderr)


def test_from_run_to_report(tmp_path: Path) -> None:
    smoke = ("run", "sinusoid/maml", "--scale", "smoke", "--seeds")
    ran = benchmarks(*smoke, "2", "--json", folder=tmp_path)
    assert ran.status == 0, ran.error
    assert len(json.loads(ran.out)["done"]) == 2
    again = benchmarks(*smoke, "2", folder=tmp_path)
    assert again.status == 0
    assert "0 recorded, 2 already there" in again.out
    reported = benchmarks("report", "--records", "runs/records", "--status", folder=tmp_path)
    assert reported.status == 0, reported.error
    site = tmp_path / "reports" / "site"
    assert f"report: {site / 'index.html'}" in reported.out
    assert len(json.loads((site / "report.json").read_text())["rows"]) == 303
    assert "sinusoid/maml" in (site / "metrics.csv").read_text()
    assert benchmarks(*smoke, "1", "--out", "other", folder=tmp_path).status == 0
    assert_the_same_record(*(RecordStore(tmp_path / out) for out in ("runs/records", "other")))


def assert_the_same_record(one: RecordStore, two: RecordStore) -> None:
    """Asserts that two processes gave the same numbers for the first seed."""
    first, second = (next(record for record in store.all() if record.seed == 0) for store in (one, two))
    assert first.metrics == second.metrics
    assert set(first.arrays) == set(second.arrays)
    assert all(first.arrays[key].tobytes() == second.arrays[key].tobytes() for key in first.arrays)


INTERRUPTED = """
import os, signal, sys
from benchmarks.command_line import cli
from benchmarks.running import plain_progress

by = signal.Signals[sys.argv.pop(1)]
# Shells start background processes, perhaps these tests, with SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler if by == signal.SIGINT else signal.SIG_IGN)
show, sent = plain_progress.Lines.show, []

def show_and_interrupt(lines, job, event):
    show(lines, job, event)
    if event.kind == "progress" and not sent:
        sent.append(os.kill(os.getpid(), by))

plain_progress.Lines.show = show_and_interrupt
cli.main()
"""
ORACLE = ("run", "sinusoid/oracle", "--scale", "desktop", "--out")


def interrupted(by: str, folder: Path) -> Path:
    """Interrupts a run by a signal after its first chunk and returns the checkpoint that remains."""
    stopped = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, by, *ORACLE, "one"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert stopped.returncode == 130, stopped.stderr
    assert "sinusoid/oracle desktop code seed 0: interrupted\n" in stopped.stderr
    assert "the same command resumes the runs" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    return folder / "one" / ".checkpoints" / "sinusoid" / "oracle" / "desktop-code-seed0.npz"


def iterations(checkpoint: Path) -> int:
    with np.load(checkpoint) as state:
        return int(state["iteration-0"])


def test_after_ctrl_c_and_sigterm_the_same_command_continues_and_gives_the_same_bits(tmp_path: Path) -> None:
    first = iterations(interrupted("SIGINT", tmp_path))
    kept = interrupted("SIGTERM", tmp_path)
    assert 0 < first < iterations(kept) < 10_000
    for out in ("one", "two"):
        assert benchmarks(*ORACLE, out, folder=tmp_path).status == 0
    assert not kept.exists()
    one, two = (next(iter(RecordStore(tmp_path / out).all())) for out in ("one", "two"))
    assert all(one.arrays[key].tobytes() == two.arrays[key].tobytes() for key in two.arrays)


def test_two_runs_of_the_same_record_at_once(tmp_path: Path) -> None:
    with RecordStore(tmp_path / "out").lock("sinusoid/oracle", "smoke", "code", 0):
        ran = benchmarks("run", "sinusoid/oracle", "--scale", "smoke", "--out", "out", folder=tmp_path)
    assert ran.status == 1
    assert str(os.getpid()) in ran.error
    assert not list((tmp_path / "out").rglob("*.json"))


def test_diverged_meta_training_is_a_failed_run_with_a_failure_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CATALOGUE["sinusoid/maml"].learner["meta_optimizer"], "learning_rate", float("inf"))
    events: list[Event] = []
    Worker(events.append).run(example_job("sinusoid/maml", out=str(tmp_path)))
    last = events[-1]
    assert last.kind == "failed"
    assert "the loss became nan between meta-iterations 0 and 200" in last.message
    assert not list(RecordStore(tmp_path).all())
    (failure,) = FailureNotes(tmp_path).all()
    assert (failure.how, failure.seed) == ("diverged", 0)
    assert last.message.endswith(failure.message)
