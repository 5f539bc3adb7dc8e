"""The package: every public name exists and is imported only when it is used."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import maml_tf

SOURCE = ast.parse(Path(str(maml_tf.__file__)).read_text())


def modules_not_loaded_by(program: str, *modules: str) -> None:
    check = f"{program}\nimport sys\nloaded = {set(modules)} & set(sys.modules)\nassert not loaded, loaded"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_data_sets_need_no_tensorflow() -> None:
    modules_not_loaded_by("import maml_tf.datasets", "tensorflow", "keras")


def test_images_are_made_without_tensorflow() -> None:
    program = "import maml_tf\nmaml_tf.datasets.glyphs(alphabets=1, characters=1, drawings=1)"
    modules_not_loaded_by(program, "tensorflow", "keras")


def test_the_imports_for_type_checkers_match_the_public_names() -> None:
    imports = [node for node in ast.walk(SOURCE) if isinstance(node, ast.ImportFrom)]
    seen = {alias.name: node.module for node in imports for alias in node.names}
    assert {"import_module", "TYPE_CHECKING", "Any", *maml_tf.__all__} == set(seen)
    for name in maml_tf.__all__:
        if seen[name] != "maml_tf":
            assert getattr(maml_tf, name) is getattr(import_module(str(seen[name])), name)


def test_modules_are_there_after_the_package_is_imported() -> None:
    # TensorFlow, which takes seconds, is imported once; the package is imported anew for each name.
    program = """
import sys
for name in ("networks.per_task", "learners.Learner", "tasks.Sinusoid"):
    for module in [module for module in sys.modules if module.split(".")[0] == "maml_tf"]:
        del sys.modules[module]
    import maml_tf
    eval(f"maml_tf.{name}")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("error", [maml_tf.SettingError, maml_tf.CheckpointError, maml_tf.datasets.DatasetMissing])
def test_errors_that_a_user_can_correct_have_one_base_class(error: type[Exception]) -> None:
    assert issubclass(error, maml_tf.MAMLError)
    assert not issubclass(maml_tf.Diverged, maml_tf.MAMLError)


def test_names_can_be_listed_before_they_are_used() -> None:
    program = "import maml_tf\nassert set(maml_tf.__all__) <= set(dir(maml_tf))"
    modules_not_loaded_by(program, "tensorflow", "keras")


def test_a_wrong_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'maml_tf' has no attribute 'MAMML'"):
        _ = maml_tf.MAMML  # type: ignore[attr-defined]
    with pytest.raises(ImportError):
        exec("from maml_tf import MAMML")


def test_environments_are_stepped_without_tensorflow() -> None:
    program = "from maml_tf.rl import PointNavigation\nPointNavigation().simulator().begin([[0.1, 0.2]], 1, [[0, 0]])"
    modules_not_loaded_by(program, "tensorflow", "keras")


def test_the_public_names_of_reinforcement_learning_exist() -> None:
    for name in maml_tf.rl.__all__:
        assert getattr(maml_tf.rl, name).__module__.startswith("maml_tf.rl.")
    with pytest.raises(AttributeError, match=r"module 'maml_tf.rl' has no attribute 'Point'"):
        _ = maml_tf.rl.Point  # type: ignore[attr-defined]
