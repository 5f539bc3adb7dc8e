import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.catalogue import select
from benchmarks.errors import BenchmarkError
from benchmarks.running import runner
from benchmarks.running.job import Job
from tests.benchmarks.example_records import OTHER, example_record


def plan(tmp_path: Path, **changes: Any) -> list[Job]:
    asked: dict[str, Any] = {
        "scale": "smoke",
        "readings": ["code"],
        "seeds": [0],
        "device": "cpu",
        "out": tmp_path,
        "overwrite": False,
    }
    return runner.plan(
        changes.pop("experiments", None) or select(["sinusoid/maml", "sinusoid/oracle"]), **asked | changes
    )


def test_every_combination_is_a_job(tmp_path: Path) -> None:
    jobs = plan(tmp_path, readings=["code", "text"], seeds=[0, 1, 1])
    assert [(job.experiment, job.reading, job.seed) for job in jobs] == [
        ("sinusoid/maml", "code", 0),
        ("sinusoid/maml", "code", 1),
        ("sinusoid/maml", "text", 0),
        ("sinusoid/maml", "text", 1),
        ("sinusoid/oracle", "code", 0),  # text and code agree: one run serves both
        ("sinusoid/oracle", "code", 1),
    ]


def test_an_experiment_without_a_reading_has_no_job_for_it(tmp_path: Path) -> None:
    maml, oracle = select(["sinusoid/maml", "sinusoid/oracle"])
    code_only = replace(maml, readings={"code": {}})
    jobs = plan(tmp_path, experiments=[code_only, oracle], readings=["text"])
    assert [(job.experiment, job.reading) for job in jobs] == [("sinusoid/oracle", "text")]
    both = plan(tmp_path, experiments=[code_only], readings=["code", "text"])
    assert [job.reading for job in both] == ["code"]
    with pytest.raises(BenchmarkError, match=r"^sinusoid/maml has no reading 'text'; choose from code$"):
        plan(tmp_path, experiments=[code_only], readings=["text"])


@pytest.mark.parametrize(
    ("changes", "quoted"),
    [
        ({"scale": "galactic"}, "unknown scale 'galactic'; choose from smoke, desktop, paper"),
        ({"readings": ["diary"]}, "unknown reading 'diary'; choose from code, text"),
        ({"device": "abacus"}, "unknown device 'abacus'; choose from auto, cpu, gpu"),
        ({"seeds": [-1]}, "a seed must be from 0 to 2147483647, not -1"),
    ],
)
def test_an_unknown_scale_reading_or_device_is_quoted(tmp_path: Path, changes: dict[str, Any], quoted: str) -> None:
    with pytest.raises(BenchmarkError, match=f"^{re.escape(quoted)}$"):
        plan(tmp_path, **changes)


def test_a_folder_that_cannot_be_made_is_quoted(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BenchmarkError, match=r"cannot write to .*file"):
        plan(tmp_path, out=tmp_path / "file" / "records")


def test_a_record_of_this_definition_is_kept_without_a_run(tmp_path: Path) -> None:
    (job, *_) = plan(tmp_path)
    (experiment,) = select(["sinusoid/maml"])
    definition, settings = experiment.definition("smoke", "code"), experiment.settings("smoke", "code")
    record = example_record(scale="smoke", definition=definition, settings=settings)
    path = job.store.write(record, record.arrays)
    before = path.read_bytes()
    summary = runner.run([job], workers=1, quiet=True)
    assert (summary.kept, summary.done) == ([path], [])
    assert path.read_bytes() == before


def test_a_record_of_another_definition_is_not_overwritten(tmp_path: Path) -> None:
    (job, *_) = plan(tmp_path)
    record = example_record(scale="smoke", **OTHER)
    path = job.store.write(record, record.arrays)
    with pytest.raises(BenchmarkError, match="--overwrite or choose another --out"):
        runner.run([job], workers=1, quiet=True)
    assert job.store.read(path).definition == OTHER["definition"]


def test_a_faulty_record_is_named_with_the_remedy(tmp_path: Path) -> None:
    (job, *_) = plan(tmp_path)
    job.record_path.parent.mkdir(parents=True)
    job.record_path.write_text("{")
    with pytest.raises(BenchmarkError, match=r"is not readable JSON.*; pass --overwrite to make it again") as caught:
        runner.run([job], workers=1, quiet=True)
    assert caught.value.exit_status == 1


@pytest.mark.parametrize("seed", [-1, 2**31])
def test_a_seed_out_of_range_is_quoted(tmp_path: Path, seed: int) -> None:
    with pytest.raises(BenchmarkError, match=f"a seed must be from 0 to 2147483647, not {seed}"):
        plan(tmp_path, seeds=[seed])


@pytest.mark.parametrize(("overwrite", "how"), [(False, "resumes the runs"), (True, "starts all runs again")])
def test_an_interruption_says_what_the_same_command_does(tmp_path: Path, overwrite: bool, how: str) -> None:
    class Interrupted:
        def run(self, *_: object) -> None:
            raise KeyboardInterrupt

    with pytest.raises(BenchmarkError, match=f"^interrupted; the same command {how}$"):
        runner.run(plan(tmp_path, overwrite=overwrite), workers=1, quiet=True, executor=Interrupted())


def test_logs_that_cannot_be_written_are_one_line(tmp_path: Path) -> None:
    jobs = plan(tmp_path)
    (tmp_path / ".logs").write_text("")
    with pytest.raises(BenchmarkError, match=r"cannot write to .*\.logs: File exists"):
        runner.run(jobs, workers=1, quiet=True)


def test_failed_runs_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("benchmarks.running.local_processes.Child", fail)
    jobs = plan(tmp_path)
    summary = runner.run(jobs, workers=1, quiet=True)
    assert sorted(summary.failed) == [f"{job.name}: OSError: [Errno 28] No space left on device" for job in jobs]
