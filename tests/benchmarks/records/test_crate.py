"""Tests of the export of accepted baselines as an RO-Crate."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.declaring.experiment import Experiment
from benchmarks.declaring.extra import Extra
from benchmarks.errors import BenchmarkError
from benchmarks.experiments.sinusoid.declarations import MAML
from benchmarks.records import baselines, crate
from tests.benchmarks.example_records import example_record

needs_rocrate = pytest.mark.skipif(bool(crate.EXTRA.missing()), reason="needs the extra `export`")
METRIC = "k-5/1-step"
WHEN = "2026-01-02T03:04:05+00:00"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns a folder with an accepted baseline of two seeds, one of which diverged in one metric."""
    made = tmp_path / "baselines"
    monkeypatch.setattr(baselines, "now", lambda: WHEN)
    records = [
        example_record(
            {METRIC: [0.4 + seed, 0.6 + seed], "k-5/2-steps": [0.5, float("inf") if seed else 0.7]},
            experiment=MAML.id,
            seed=seed,
            definition=MAML.definition("paper", "code"),
            settings=MAML.settings("paper", "code"),
        )
        for seed in range(2)
    ]
    baselines.accept(records, reason="First", by="A. Tester", folder=made)
    return made


@pytest.fixture
def graph(folder: Path, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """Returns the entities of an exported crate by their ids."""
    file = crate.export(crate.accepted_of([MAML], folder=folder), tmp_path / "crate")
    return {entity["@id"]: entity for entity in json.loads(file.read_text())["@graph"]}


@needs_rocrate
def test_the_files_are_copied_as_they_are_and_described(
    graph: dict[str, dict[str, Any]], folder: Path, tmp_path: Path
) -> None:
    for suffix in ("json", "npz"):
        name = f"{MAML.id}/paper-code.{suffix}"
        content = (folder / name).read_bytes()
        assert (tmp_path / "crate" / name).read_bytes() == content
        assert graph[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert graph[name]["contentSize"] == str(len(content))
    copy = baselines.read(tmp_path / "crate" / MAML.id / "paper-code.json", tmp_path / "crate")
    assert [record.seed for record in copy.records] == [0, 1]


@needs_rocrate
def test_each_seed_is_an_action_of_this_software(graph: dict[str, dict[str, Any]]) -> None:
    actions = [entity for entity in graph.values() if entity["@type"] == "CreateAction"]
    assert [action["@id"] for action in actions] == [f"#sinusoid/maml/paper-code/seed-{seed}" for seed in range(2)]
    for action in actions:
        (tool,) = action["instrument"] if isinstance(action["instrument"], list) else [action["instrument"]]
        assert graph[tool["@id"]]["@type"] == "SoftwareApplication"
        assert [file["@id"] for file in action["result"]] == [f"{MAML.id}/paper-code.{end}" for end in ("json", "npz")]
    mentioned = [item["@id"] for item in graph["./"]["mentions"]]
    assert mentioned == [action["@id"] for action in actions]


@needs_rocrate
def test_every_process_and_its_packages_are_named(tmp_path: Path) -> None:
    first, last = ({"commit": letter * 40, "dirty": False} for letter in "ab")
    elsewhere = {"numpy": "2.5.2"}
    provenances = [
        {**last, "packages": {"numpy": "2.4.6"}, "processes": [first, {**last, "packages": {"numpy": "2.4.6"}}]},
        {**last, "packages": elsewhere, "processes": [{**last, "packages": elsewhere}]},
    ]
    records = [
        example_record(experiment=MAML.id, seed=seed, provenance=provenance, **current(MAML))
        for seed, provenance in enumerate(provenances)
    ]
    baselines.accept(records, reason="First", by="A. Tester", folder=tmp_path / "baselines")
    file = crate.export(crate.accepted_of([MAML], folder=tmp_path / "baselines"), tmp_path / "crate")
    entities = {entity["@id"]: entity for entity in json.loads(file.read_text())["@graph"]}

    tools = [
        [entities[tool["@id"]] for tool in tools]
        for seed in range(2)
        for tools in [as_list(entities[f"#sinusoid/maml/paper-code/seed-{seed}"]["instrument"])]
    ]
    assert [[tool["softwareVersion"][7] for tool in of_seed] for of_seed in tools] == [["a", "b"], ["b"]]
    assert tools[0][0].get("softwareRequirements", []) == []
    assert [as_list(of_seed[-1]["softwareRequirements"]) for of_seed in tools] == [["numpy 2.4.6"], ["numpy 2.5.2"]]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def current(experiment: Experiment) -> dict[str, Any]:
    return {
        "definition": experiment.definition("paper", "code"),
        "settings": experiment.settings("paper", "code"),
    }


@needs_rocrate
def test_a_folder_without_a_name_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    accepted = crate.accepted_of([MAML], folder=folder)
    with pytest.raises(BenchmarkError, match="cannot write the crate into '/'; give a folder with --out"):
        crate.export(accepted, Path("/"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert crate.export(accepted, Path()) == tmp_path / "here" / "ro-crate-metadata.json"


@needs_rocrate
def test_metrics_are_means_over_seeds_and_one_that_is_not_finite_says_so(graph: dict[str, dict[str, Any]]) -> None:
    metric = graph[f"#sinusoid/maml/paper-code/{METRIC}"]
    assert metric["value"] == pytest.approx(1.0)
    assert metric["measurementTechnique"] == "mean over 2 seeds"
    diverged = graph["#sinusoid/maml/paper-code/k-5/2-steps"]
    assert "value" not in diverged
    assert diverged["description"] == "not finite"


@needs_rocrate
def test_the_crate_names_its_profile_its_licence_and_who_accepted_it(graph: dict[str, dict[str, Any]]) -> None:
    root = graph["./"]
    assert root["datePublished"] == WHEN
    assert root["conformsTo"] == {"@id": crate.PROFILE}
    assert (root["license"], root["citation"]["@id"]) == (crate.LICENCE, crate.PAPER["@id"])
    assert graph["#sinusoid/maml/paper-code"]["description"].endswith("Accepted by A. Tester: First.")


@needs_rocrate
def test_the_same_baseline_gives_the_same_description(folder: Path, tmp_path: Path) -> None:
    accepted = crate.accepted_of([MAML], folder=folder)
    first, second = (crate.export(accepted, tmp_path / name).read_text() for name in ("one", "two"))
    assert first == second


@needs_rocrate
def test_a_folder_with_files_is_left_alone(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    accepted = crate.accepted_of([MAML], folder=folder)
    crate.export(accepted, out)
    before = sorted(out.rglob("*"))
    with pytest.raises(BenchmarkError, match=rf"^'{out}' exists and is not an empty folder; give another with --out$"):
        crate.export(accepted, out)
    assert sorted(out.rglob("*")) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["baselines", "out"]


@needs_rocrate
def test_a_folder_that_cannot_be_written_is_one_line(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    accepted = crate.accepted_of([MAML], folder=folder)
    with pytest.raises(
        BenchmarkError, match=r"^cannot write the crate into '.*/file/crate': (Not a directory|File exists)$"
    ):
        crate.export(accepted, tmp_path / "file" / "crate")


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"scale": "desktop"}, " at scale 'desktop'"),
        ({"reading": "text"}, " in reading 'text'"),
        ({"scale": "paper", "reading": "text"}, " at scale 'paper' in reading 'text'"),
    ],
)
def test_without_an_accepted_baseline_the_request_is_quoted(folder: Path, chosen: dict[str, str], words: str) -> None:
    with pytest.raises(BenchmarkError) as raised:
        crate.accepted_of([MAML], folder=folder, **chosen)
    assert str(raised.value) == f"there is no accepted baseline of sinusoid/maml{words}"
    assert len(crate.accepted_of([MAML], folder=folder, scale="paper", reading="code")) == 1


def test_a_faulty_baseline_is_not_exported(folder: Path) -> None:
    path = folder / MAML.id / "paper-code.json"
    path.write_text(path.read_text().replace("First", "Second").replace("0.5", "0.9", 1))
    with pytest.raises(BenchmarkError, match=str(path)):
        crate.accepted_of([MAML], folder=folder)


def test_without_the_package_its_name_and_the_command_are_told(
    monkeypatch: pytest.MonkeyPatch, folder: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(crate, "EXTRA", Extra(name="export", modules=("no_such_module",)))
    accepted = crate.accepted_of([MAML], folder=folder)
    with pytest.raises(BenchmarkError) as raised:
        crate.export(accepted, tmp_path / "crate")
    assert str(raised.value) == "export needs no_such_module, not installed here: pip install 'maml-tf[export]'"
    assert not (tmp_path / "crate").exists()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["sinusoid/mamml"], "no experiment matches 'sinusoid/mamml'; did you mean 'sinusoid/maml'"),
        (["sinusoid/maml", "--scale", "huge"], "unknown scale 'huge'; choose from smoke, desktop, paper"),
        (["sinusoid/maml", "--reading", "both"], "unknown reading 'both'; choose from code, text"),
        (["sinusoid/maml", "--scale", "smoke"], "there is no accepted baseline of sinusoid/maml at scale 'smoke'"),
    ],
)
def test_misuse_of_the_command_is_one_line(call: Callable[..., Any], words: list[str], error: str) -> None:
    called = call("export", *words)
    assert called.status == 2
    assert called.error.startswith(f"error: {error}")
    assert called.error.count("\n") == 1


@needs_rocrate
def test_the_command_names_what_it_wrote(call: Callable[..., Any], tmp_path: Path) -> None:
    called = call("export", "sinusoid/oracle", "--scale", "paper", "--out", str(tmp_path / "crate"), "--json")
    assert called.status == 0
    file = tmp_path / "crate" / "ro-crate-metadata.json"
    assert json.loads(called.out) == {"crate": str(file), "baselines": ["sinusoid/oracle/paper-code"]}
    assert file.exists()
