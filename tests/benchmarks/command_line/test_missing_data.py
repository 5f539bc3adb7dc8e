"""What `run` and `check` say about data before they start any process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.catalogue import CATALOGUE, select
from benchmarks.command_line import missing_data
from benchmarks.declaring import extra
from tests.benchmarks.conftest import Called


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MAML_TF_DATA", raising=False)
    monkeypatch.delenv("MAML_TF_DOWNLOAD", raising=False)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))


@pytest.mark.usefixtures("nowhere")
def test_missing_data_are_named_once_before_anything_runs(call: Callable[..., Called], tmp_path: Path) -> None:
    called = call("run", "omniglot/*", "--scale", "smoke", "--seeds", "3", "--out", str(tmp_path))
    assert called.status == 1
    assert called.error.count("\n") == 1
    assert called.error.startswith("missing for 36 runs: MAML_TF_DATA is not set")
    assert "`python -m benchmarks data status omniglot`" in called.error


@pytest.mark.usefixtures("nowhere")
def test_only_experiments_that_need_missing_data_are_named() -> None:
    chosen = select(["sinusoid/maml", "mini-imagenet/released-weights"])
    [(experiment, message)] = missing_data.by_experiment(chosen, CATALOGUE).items()
    assert experiment == "mini-imagenet/released-weights"
    assert message.count("MAML_TF_DATA is not set") == 2  # for the images and for the weights


def test_missing_packages_leave_out_the_experiments_that_need_them(
    call: Callable[..., Called], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(extra, "_missing", lambda modules: tuple(modules))
    message = "gymnasium, mujoco, not installed here: pip install 'maml-tf[rl]'"
    chosen = select(["sinusoid/oracle", "reinforcement-learning/ant-direction-*"])
    assert set(missing_data.by_experiment(chosen, CATALOGUE).values()) == {message}
    words = ("run", "sinusoid/oracle", "reinforcement-learning/ant-direction-random", "--scale", "smoke")
    called = call(*words, "--out", str(tmp_path))
    assert called.status == 0
    assert f"missing for 1 run: {message}" in called.error
    assert "1 recorded, 0 already there, 0 failed, 1 without data or packages" in called.out
    plan = call("run", "--scale", "smoke", "--out", str(tmp_path))
    assert "reinforcement-learning/ant-velocity-oracle" in plan.out
    assert f"missing: {message}" in plan.out
    alone = call("run", "reinforcement-learning/ant-direction-*", "--scale", "smoke", "--out", str(tmp_path))
    assert (alone.status, alone.error.count("\n")) == (2, 1)
    assert message in alone.error


def test_a_cache_that_cannot_be_written_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    for cache, warned in ((tmp_path / "file" / "cache", True), (tmp_path / "new" / "cache", False)):
        monkeypatch.setenv("MAML_TF_CACHE", str(cache))
        missing_data.warn_about_cache(select(["omniglot/*"]))
        assert (f"the cache folder {cache} cannot be written" in capsys.readouterr().err) == warned
        missing_data.warn_about_cache(select(["sinusoid/*"]))
        assert capsys.readouterr().err == ""
