"""Rules of the architecture: the direction of imports, and the size of files and functions."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {"maml_tf": {"benchmarks", "reports"}, "reports": {"benchmarks", "maml_tf"}}

# Only these modules of the suite may import TensorFlow, and only inside functions.
MAY_TRAIN = {f"running/{name}.py" for name in ("launch", "measure", "meta_test", "worker", "cost_ratio")}
MAY_TRAIN |= {"experiments/sinusoid/drawing.py"}
MAY_TRAIN |= {
    f"speed/{name}.py"
    for name in ("ours", "authors", "layer_rates", "limit", "profiling", "rollouts", "rounding_process")
}
# These may import `maml_tf.datasets`, which needs no TensorFlow; also only inside functions.
MAY_FIND_DATA = {f"{name}.py" for name in ("data/inventory", "experiments/omniglot/__init__")}
MAY_FIND_DATA |= {f"experiments/{family}/__init__.py" for family in ("glyphs", "mini_imagenet")}
# These may import `maml_tf.rl.environments`, which renders robots and needs no TensorFlow; also only inside functions.
MAY_RENDER = {"experiments/reinforcement_learning/filmstrips.py"}
# Modules and folders of the suite from bottom to top. They import from their own folder and from lower floors.
FLOORS = [
    ["errors", "statistics", "metric_ids", "cores"],
    ["declaring"],
    ["records"],
    ["data"],
    ["family"],
    ["running", "verdicts"],
    ["figures", "speed"],
    ["experiments"],
    ["catalogue"],
    ["command_line"],
]
# Programs that pass the catalogue to the engine, as the command line does.
COMPOSITION_ROOTS = {"benchmarks.running.worker"}


def imported(tree: ast.AST) -> set[str]:
    """Returns the top-level packages that are imported anywhere in a tree."""
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
def test_packages_do_not_import_against_the_flow_of_data(package: str) -> None:
    assert files(package)
    for path in files(package):
        wrong = imported(ast.parse(path.read_text())) & FORBIDDEN[package]
        assert not wrong, f"{path} imports {wrong}"


def test_only_modules_that_run_experiments_import_tensorflow() -> None:
    for path in files("benchmarks"):
        heavy = imported(ast.parse(path.read_text())) & {"tensorflow", "maml_tf"}
        name = path.relative_to(ROOT / "benchmarks").as_posix()
        allowed = heavy == {"maml_tf"} and name in MAY_FIND_DATA | MAY_RENDER
        assert not heavy or allowed or name in MAY_TRAIN, f"{path} imports {heavy}"


def module(path: Path) -> str:
    """Returns the dotted name of a file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def place_of(name: str) -> str:
    """Returns the module or folder of the suite that contains a dotted name."""
    return name.split(".")[1]


def dotted_names(path: Path) -> set[str]:
    """Returns the modules, and the names in modules, that a file imports anywhere."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            found |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def edges(path: Path) -> set[str]:
    """Returns the other files of the project that a file imports, except `__init__.py`, which only re-exports."""
    found = dotted_names(path)
    places = {name: ROOT / f"{name.replace('.', '/')}.py" for name in found}
    return {name for name, place in places.items() if place.is_file() and place != path}


@pytest.mark.parametrize("package", ["maml_tf", "benchmarks", "reports"])
def test_no_files_import_each_other_in_a_circle(package: str) -> None:
    graph = {module(path): edges(path) for path in files(package)}
    assert sum(map(len, graph.values())) >= 15
    TopologicalSorter(graph).prepare()


def test_within_the_suite_imports_run_one_way() -> None:
    floors = {place: floor for floor, places in enumerate(FLOORS) for place in places}
    roots = {ROOT / "benchmarks" / "__init__.py", ROOT / "benchmarks" / "__main__.py"}
    modules = {path: module(path) for path in files("benchmarks") if path not in roots}
    assert set(floors) == set(map(place_of, modules.values()))
    for path, name in modules.items():
        others = {place_of(other) for other in dotted_names(path) if other.startswith("benchmarks.")}
        if name in COMPOSITION_ROOTS:
            others.remove("catalogue")
        for other in others - {place_of(name)}:
            assert floors[other] < floors[place_of(name)], f"{name} imports {other}"


def test_modules_that_find_data_import_only_the_datasets() -> None:
    for name in MAY_FIND_DATA:
        nodes = ast.walk(ast.parse((ROOT / "benchmarks" / name).read_text()))
        modules = {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
        assert {module for module in modules if module.startswith("maml_tf")} == {"maml_tf.datasets"}


def test_modules_that_train_import_tensorflow_only_inside_functions() -> None:
    for path in files("benchmarks"):
        top = ast.parse(path.read_text()).body
        at_import = [node for node in top if isinstance(node, ast.Import | ast.ImportFrom)]
        names = set().union(*(imported(node) for node in at_import)) if at_import else set()
        assert not names & {"tensorflow", "maml_tf"}, path


def test_files_and_functions_stay_short() -> None:
    for package in ("maml_tf", "benchmarks", "reports"):
        for path in files(package):
            text = path.read_text()
            assert text.count("\n") <= 300, path
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    assert (node.end_lineno or 0) - node.lineno < 60, f"{path}: {node.name}"
