"""Data flows one way, and imports follow it."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {"maml_tf": {"benchmarks", "reports"}, "reports": {"benchmarks", "maml_tf"}}

# Only these parts of the catalogue may meet TensorFlow, and only when a run is made.
MAY_TRAIN = {f"running/{name}.py" for name in ("launch", "measure", "meta_test", "worker", "cost_ratio")}
MAY_TRAIN |= {f"speed/{name}.py" for name in ("contenders", "authors_regression", "authors_classification")}
# These may ask after data, which needs no TensorFlow; also only inside functions.
MAY_FIND_DATA = {"data/inventory.py", "data/data_sets.py"}
# Folders of the catalogue, the ground floor first, which is the declarations: each imports from lower floors alone.
FLOORS = [[""], ["records", "data"], ["running", "judgement"], ["figures", "speed"], ["command_line"]]


def imported(tree: ast.AST) -> set[str]:
    """First words of all modules that are imported anywhere below."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(str(node.module).split(".")[0])
    return names


def files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_import_runs_against_the_arrow(package: str) -> None:
    assert files(package)
    for path in files(package):
        wrong = imported(ast.parse(path.read_text())) & FORBIDDEN[package]
        assert not wrong, f"{path} imports {wrong}"


def test_the_catalogue_meets_tensorflow_only_where_a_run_is_made() -> None:
    for path in files("benchmarks"):
        heavy = imported(ast.parse(path.read_text())) & {"tensorflow", "maml_tf"}
        name = path.relative_to(ROOT / "benchmarks").as_posix()
        allowed = heavy == {"maml_tf"} and name in MAY_FIND_DATA
        assert not heavy or allowed or name in MAY_TRAIN, f"{path} imports {heavy}"


def module(path: Path) -> str:
    """The name that others import a file by."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def folder_of(name: str) -> str:
    """The folder of the catalogue that a module lies in."""
    return ".".join(name.split(".")[1:-1])


def edges(path: Path) -> set[str]:
    """Other files of the project that a file imports, anywhere in it; no `__init__.py`, which only passes names on."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            found |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    places = {name: ROOT / f"{name.replace('.', '/')}.py" for name in found}
    return {name for name, place in places.items() if place.is_file() and place != path}


@pytest.mark.parametrize("package", ["maml_tf", "benchmarks", "reports"])
def test_no_files_import_each_other_in_a_circle(package: str) -> None:
    graph = {module(path): edges(path) for path in files(package)}
    assert sum(map(len, graph.values())) >= 30
    TopologicalSorter(graph).prepare()


def test_within_the_catalogue_data_flow_one_way() -> None:
    floors = {folder: floor for floor, folders in enumerate(FLOORS) for folder in folders}
    modules = {path: module(path) for path in files("benchmarks") if path.name != "__main__.py"}
    assert set(floors) == set(map(folder_of, modules.values()))
    for path, name in modules.items():
        others = {other for other in edges(path) if other.startswith("benchmarks.")}
        for other in others:
            lower = floors[folder_of(other)] < floors[folder_of(name)]
            assert lower or folder_of(other) == folder_of(name), f"{name} imports {other}"


def test_what_may_find_data_imports_nothing_else_of_the_library() -> None:
    for name in MAY_FIND_DATA:
        nodes = ast.walk(ast.parse((ROOT / "benchmarks" / name).read_text()))
        modules = {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
        assert {each for each in modules if each.startswith("maml_tf")} == {"maml_tf.datasets"}


def test_what_may_train_imports_tensorflow_inside_functions_alone() -> None:
    for path in files("benchmarks"):
        top = ast.parse(path.read_text()).body
        at_import = [node for node in top if isinstance(node, ast.Import | ast.ImportFrom)]
        names = set().union(*(imported(node) for node in at_import)) if at_import else set()
        assert not names & {"tensorflow", "maml_tf"}, path


def test_no_file_or_function_outgrows_the_house() -> None:
    for package in ("maml_tf", "benchmarks", "reports"):
        for path in files(package):
            text = path.read_text()
            assert text.count("\n") <= 300, path
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    assert (node.end_lineno or 0) - node.lineno < 60, f"{path}: {node.name}"
