"""Provenance of a number: commit, packages and machine."""

import platform
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.cores import available_cores

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("tensorflow", "keras", "numpy", "scipy", "pandas", "tensorflow-datasets", "pillow", "gymnasium", "mujoco")


def commit() -> str:
    """Returns the commit of the checkout, or "unknown" outside of one."""
    return _git("rev-parse", "HEAD") or "unknown"


def is_dirty() -> bool:
    """Returns whether uncommitted code may have produced a number; changes of results and documents do not count."""
    changes = _git("status", "--porcelain", "--", "maml_tf", "benchmarks", "pyproject.toml")
    return changes is None or bool(changes)


def author() -> str:
    """Returns the user name in the configuration of git; empty if there is none."""
    return _git("config", "user.name") or ""


def packages() -> dict[str, str]:
    """Returns the versions of those packages in `PACKAGES` that are installed."""
    import importlib.metadata  # Slow to import, and only runs need it.

    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def host() -> dict[str, Any]:
    """Describes the machine without its name."""
    return {"processor": _processor(), "cores": available_cores(), "system": platform.system()}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _git(*arguments: str) -> str | None:
    try:
        result = subprocess.run(
            ["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return result.stdout.strip()
