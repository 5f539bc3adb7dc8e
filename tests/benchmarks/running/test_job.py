import json
import shlex
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.running.job import Job
from tests.benchmarks.running.example_job import example_job

JOB = example_job("sinusoid/maml", seed=3)


@given(seed=st.integers(0, 2**31), out=st.text(min_size=1), overwrite=st.booleans())
def test_a_job_survives_serialisation(seed: int, out: str, overwrite: bool) -> None:
    job = example_job(reading="text", seed=seed, device="auto", out=out, overwrite=overwrite)
    assert Job.from_json(json.loads(json.dumps(job.to_json()))) == job


def test_the_command_repeats_the_run() -> None:
    words = "python -m benchmarks run sinusoid/maml --scale smoke --reading code --seed 3 --device cpu"
    assert shlex.split(JOB.command) == words.split()


def test_record_and_checkpoint_lie_apart() -> None:
    assert JOB.record_path == Path("runs/records/sinusoid/maml/smoke-code-seed3.json")
    assert JOB.checkpoint_path == Path("runs/records/.checkpoints/sinusoid/maml/smoke-code-seed3.npz")
