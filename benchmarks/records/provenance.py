"""Where a number comes from: commit, packages, machine."""

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("tensorflow", "keras", "numpy", "scipy", "pandas", "tensorflow-datasets", "pillow")


def commit() -> str:
    """The commit of the checkout; "unknown" outside of one."""
    return _git("rev-parse", "HEAD") or "unknown"


def is_dirty() -> bool:
    """Whether code that is not committed may have made a number; what was measured does not count."""
    changed = _git("status", "--porcelain", "--", "maml_tf", "benchmarks", "pyproject.toml")
    return changed is None or bool(changed)


def author() -> str:
    """The name that git knows; empty if none."""
    return _git("config", "user.name") or ""


def packages() -> dict[str, str]:
    """Versions of the packages that may matter, those that are installed."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def host() -> dict[str, Any]:
    """The machine in general words, without its name."""
    return {"processor": _processor(), "cores": len(os.sched_getaffinity(0)), "system": platform.system()}


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
