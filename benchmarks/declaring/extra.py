"""Optional packages that some experiments need."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec


@dataclass(frozen=True, kw_only=True)
class Extra:
    """A group of optional dependencies of this project.

    Attributes:
        name: Its name in `pyproject.toml`, which `pip install maml-tf[name]` takes.
        modules: The modules that it installs and that an experiment imports.
    """

    name: str
    modules: tuple[str, ...]

    @property
    def command(self) -> str:
        """The command that installs it."""
        return f"pip install 'maml-tf[{self.name}]'"

    @property
    def problem(self) -> str:
        """Which modules are missing and how to get them; empty if there are all of them."""
        missing = self.missing()
        return f"{', '.join(missing)}, not installed here: {self.command}" if missing else ""

    def missing(self) -> tuple[str, ...]:
        """Returns the modules that are not installed; imports nothing."""
        return _missing(self.modules)


def _missing(modules: Iterable[str]) -> tuple[str, ...]:
    return tuple(module for module in modules if find_spec(module) is None)
