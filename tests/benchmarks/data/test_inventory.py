"""The state of data sets: found, then ready or damaged, until the files change."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.data.inventory import DataSet, Progress, Row, State, choose, exit_status, inspect, prepare
from benchmarks.errors import BenchmarkError
from maml_tf.datasets import DatasetError, DatasetMissing
from tests.benchmarks.conftest import Called

Call = Callable[..., Called]


@pytest.fixture(autouse=True)
def _nothing_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAML_TF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tensorflow_datasets"))
    monkeypatch.delenv("MAML_TF_DOWNLOAD", raising=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("MAML_TF_DATA", str(folder))
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "archive"
    file.write_text("content")
    return file


def data_set(file: Path, problem: str | None = None) -> DataSet:
    """Returns a data set of one file, which is intact or has the given problem."""

    def load(progress: Progress) -> str:
        progress("part", 1, 2)
        if problem:
            raise DatasetError(problem)
        return "all of it"

    return DataSet(name="omniglot", find=lambda: (file,), load=load, how="ask for it")


def quiet(part: str, done: int, total: int) -> None:
    pass


def raising(error: Exception) -> Callable[[], tuple[Path, ...]]:
    def find() -> tuple[Path, ...]:
        raise error

    return find


def test_files_are_found_before_they_are_ready(file: Path) -> None:
    known = inspect(data_set(file))
    assert known == Row(name="omniglot", state=State.FOUND, where=(str(file.parent),), how="ask for it")


def test_a_prepared_data_set_is_ready(file: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    row = prepare(data_set(file), lambda *step: seen.append(step))
    assert (row.state, row.verified, row.problem) == (State.READY, "all of it", None)
    assert inspect(data_set(file)) == row
    assert seen == [("part", 1, 2)]


def test_damage_is_remembered_with_its_reason(file: Path) -> None:
    row = prepare(data_set(file, "'archive' is a web page"), quiet)
    assert (row.state, row.verified, row.problem) == (State.DAMAGED, None, "'archive' is a web page")
    assert inspect(data_set(file)) == row


@pytest.mark.parametrize("problem", [None, "it is damaged"])
def test_files_that_changed_must_be_prepared_again(file: Path, problem: str | None) -> None:
    prepare(data_set(file, problem), quiet)
    file.write_text("other content")
    assert inspect(data_set(file)).state == State.FOUND


def test_damaged_files_can_be_replaced(file: Path) -> None:
    prepare(data_set(file, "it is damaged"), quiet)
    file.write_text("other content")
    assert prepare(data_set(file), quiet).state == State.READY


def test_without_a_cache_nothing_is_remembered(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maml_tf.datasets.default_cache_folder", lambda: None)
    assert prepare(data_set(file), quiet).state == State.READY
    assert inspect(data_set(file)).state == State.FOUND


def test_an_interrupted_preparation_decides_nothing(file: Path) -> None:
    def load(progress: Progress) -> str:
        raise KeyboardInterrupt

    interrupted = DataSet(name="omniglot", find=lambda: (file,), load=load, how="")
    with pytest.raises(KeyboardInterrupt):
        prepare(interrupted, quiet)
    assert inspect(data_set(file)).state == State.FOUND


@pytest.mark.parametrize(
    ("error", "state"), [(DatasetMissing("not there"), State.MISSING), (DatasetError("not it"), State.DAMAGED)]
)
def test_the_message_of_a_failed_search_is_shown(error: Exception, state: State) -> None:
    def load(progress: Progress) -> str:
        raise error

    refused = DataSet(name="omniglot", find=raising(error), load=load, how="ask for it")
    row = inspect(refused)
    assert (row.state, row.where, row.problem) == (state, (), str(error))
    assert prepare(refused, quiet) == row


def test_preparing_may_get_what_is_missing(file: Path) -> None:
    def find() -> tuple[Path, ...]:
        if file.read_text() != "downloaded":
            raise DatasetMissing("not there")
        return (file,)

    def load(progress: Progress) -> str:
        return f"{file.write_text('downloaded')} letters"

    downloaded = DataSet(name="omniglot", find=find, load=load, how="")
    assert inspect(downloaded).state == State.MISSING
    assert prepare(downloaded, quiet).state == State.READY
    assert inspect(downloaded).verified == "10 letters"


def test_a_failed_download_gives_the_reason_and_is_not_damage() -> None:
    def load(progress: Progress) -> str:
        raise DatasetError("no network")

    row = prepare(DataSet(name="omniglot", find=raising(DatasetMissing("not there")), load=load, how=""), quiet)
    assert (row.state, row.problem) == (State.MISSING, "no network")


def test_a_data_set_that_finding_verifies_is_ready_at_once(file: Path) -> None:
    row = inspect(DataSet(name="other", find=lambda: (file,), verified="its sha256", how=""))
    assert (row.state, row.verified) == (State.READY, "its sha256")


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ([], 0),
        ([State.READY, State.READY], 0),
        ([State.READY, State.MISSING], 2),
        ([State.MISSING, State.DAMAGED], 1),
    ],
)
def test_damage_is_a_failure_and_absence_is_misuse(states: list[State], status: int) -> None:
    assert exit_status([Row(name="", state=state, how="") for state in states]) == status


def test_experiments_need_data_sets_that_are_known() -> None:
    for experiment in CATALOGUE.values():
        assert set(experiment.needs) <= set(CATALOGUE.data_sets)


def test_names_are_chosen_in_the_order_given() -> None:
    assert [data_set.name for data_set in choose(["glyphs", "omniglot", "glyphs"], CATALOGUE.data_sets)] == [
        "glyphs",
        "omniglot",
    ]
    assert [data_set.name for data_set in choose([], CATALOGUE.data_sets)] == list(CATALOGUE.data_sets)


def test_an_unknown_name_is_quoted() -> None:
    with pytest.raises(BenchmarkError, match="unknown data set 'omniglott'; choose from omniglot"):
        choose(["omniglott"], CATALOGUE.data_sets)


def test_presence_is_a_matter_of_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert CATALOGUE.is_present("glyphs")
    assert not CATALOGUE.is_present("omniglot")
    for part in ("images_background", "images_evaluation"):
        (folder / f"{part}.zip").write_text("whatever")
    assert CATALOGUE.is_present("omniglot")
    monkeypatch.delenv("MAML_TF_DATA")
    assert not CATALOGUE.is_present("omniglot")


def test_a_damaged_data_set_is_present(folder: Path) -> None:
    for ending in ("index", "data-00000-of-00001"):
        (folder / f"model59000.{ending}").write_text("whatever")
    assert CATALOGUE.is_present("authors_checkpoint")


def rows(called: Called) -> dict[str, dict[str, object]]:
    return {row["name"]: row for row in json.loads(called.out)}


@pytest.mark.usefixtures("folder")
def test_an_empty_folder_misses_all_but_what_the_library_makes(call: Call) -> None:
    called = call("data", "status", "--json")
    assert called.status == 0
    printed = rows(called)
    assert {name: row["state"] for name, row in printed.items()} == {
        "omniglot": "missing",
        "mini_imagenet": "missing",
        "authors_checkpoint": "missing",
        "glyphs": "ready",
    }
    assert all("https://" in str(row["how"]) for row in printed.values() if row["state"] == "missing")
    assert call("data", "prepare").status == 2
    assert call("data", "prepare", "glyphs").status == 0


def test_without_the_setting_status_says_to_set_it(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAML_TF_DATA", raising=False)
    called = call("data", "status")
    assert called.status == 0
    assert "MAML_TF_DATA is not set" in called.out


def test_a_web_page_is_found_then_damaged_then_replaced(call: Call, folder: Path) -> None:
    archives = [folder / f"{part}.zip" for part in ("images_background", "images_evaluation")]
    for archive in archives:
        archive.write_text("<!DOCTYPE html>")
    printed = call("data", "status", "omniglot")
    assert "python -m benchmarks data prepare omniglot" in printed.out
    prepared = call("data", "prepare", "omniglot", "--json")
    assert prepared.status == 1
    row = rows(prepared)["omniglot"]
    assert row["state"] == "damaged"
    assert "images_background.zip' is a web page, not a zip archive" in str(row["problem"])
    assert rows(call("data", "status", "--json"))["omniglot"] == row
    assert "is a web page" in call("data", "status").out
    assert all(archive.read_text() == "<!DOCTYPE html>" for archive in archives)
    archives[0].write_text("another download")
    assert rows(call("data", "status", "--json"))["omniglot"]["state"] == "found"


@pytest.mark.parametrize("command", ["status", "prepare"])
def test_misuse_of_the_command_is_quoted(call: Call, command: str) -> None:
    called = call("data", command, "omniglott")
    assert called.status == 2
    assert "'omniglott'" in called.error
    assert called.error.count("\n") == 1
