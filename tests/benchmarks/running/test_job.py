import shlex
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.running.job import Job

JOB = Job(experiment="sinusoid/maml", scale="smoke", reading="code", seed=3, device="cpu", out="runs/records")


@given(seed=st.integers(0, 2**31), out=st.text(min_size=1), overwrite=st.booleans())
def test_a_job_survives_its_line(seed: int, out: str, overwrite: bool) -> None:
    job = Job(
        experiment="a/b",
        scale="smoke",
        reading="text",
        seed=seed,
        device="auto",
        out=out,
        overwrite=overwrite,
    )
    line = job.to_json()
    assert "\n" not in line
    assert Job.from_json(line) == job


def test_the_command_repeats_the_run() -> None:
    assert shlex.split(JOB.command) == (
        [
            "python",
            "-m",
            "benchmarks",
            "run",
            "sinusoid/maml",
            "--scale",
            "smoke",
            "--reading",
            "code",
            "--seed",
            "3",
            "--device",
            "cpu",
        ]
    )


def test_record_and_checkpoint_lie_apart() -> None:
    assert JOB.record_path == Path("runs/records/sinusoid/maml/smoke-code-seed3.json")
    assert JOB.checkpoint_path == Path("runs/records/.checkpoints/sinusoid/maml/smoke-code-seed3.npz")
