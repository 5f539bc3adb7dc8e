"""The history of accepted baselines, from the version control of their files."""

import json
import math
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.records.provenance import ROOT

FOLDER = "reference_results/baselines"
# Starts the line of a commit in the log. No name of a file starts with it.
_COMMIT = "commit:"
_LOG = (
    *("log", "--reverse", "--no-renames", "--diff-filter=d", f"--format={_COMMIT}%H %cI", "--name-only"),
    *("--", f"{FOLDER}/**/*.json"),
)

_NOT_SHOWN = "The history of accepted numbers is not shown,"
_SHALLOW = "Older versions of accepted numbers may be missing, because this checkout has only recent commits."

Git = Callable[[Sequence[str], bytes], bytes | None]
"""Runs git with arguments and an input; returns its output, or None if it failed."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """A baseline as one commit left it.

    Attributes:
        commit: Hash of the commit.
        when: Time of the commit, as an ISO text.
        path: The baseline: its experiment, scale and reading, such as `sinusoid/maml/paper-code`.
        definition: Definition hash of its records.
        seeds: Number of its records.
        values: By metric the mean over seeds of the means over tasks, or None if it is not finite.
        medians: By metric the mean over seeds of the medians over tasks, or None if it is not finite.
    """

    commit: str
    when: str
    path: str
    definition: str = ""
    seeds: int = 0
    values: Mapping[str, float | None] = field(default_factory=dict)
    medians: Mapping[str, float | None] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Returns the version as plain data, without the baseline that it is a version of."""
        return {name: value for name, value in vars(self).items() if name != "path"}


@dataclass(frozen=True, kw_only=True)
class History:
    """The versions of all accepted baselines.

    Attributes:
        versions: The versions of each baseline, oldest first.
        note: Why there are none, or why the oldest may be missing, in one sentence; may be empty.
    """

    versions: Mapping[str, tuple[Version, ...]] = field(default_factory=dict)
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Returns the history as plain data."""
        baselines = {path: [version.to_json() for version in versions] for path, versions in self.versions.items()}
        return {"note": self.note, "baselines": baselines}


def run_git(arguments: Sequence[str], given: bytes = b"") -> bytes | None:
    """Runs git in the checkout; returns None if there is no git, no checkout, or an error."""
    command = ["git", "-C", str(ROOT), *arguments]
    try:
        return subprocess.run(command, input=given, capture_output=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return None


def read(git: Git = run_git) -> History:
    """Reads the history of the accepted baselines of this checkout. It never fails: a note says what is missing."""
    log = git(_LOG, b"")
    commits = parse_log((log or b"").decode(errors="replace"))
    if not commits:
        return History(note=f"{_NOT_SHOWN} because this is no checkout with its history.")
    names = "".join(f"{version.commit}:{_file(version.path)}\n" for version in commits)
    contents = list(parse_batch(git(("cat-file", "--batch"), names.encode()) or b""))
    versions = by_baseline(commits, contents) if len(contents) == len(commits) else {}
    if not versions:
        return History(note=f"{_NOT_SHOWN} because git could not read it.")
    shallow = (git(("rev-parse", "--is-shallow-repository"), b"") or b"").strip() == b"true"
    return History(versions=versions, note=_SHALLOW if shallow else "")


def parse_log(text: str) -> list[Version]:
    """Returns the baselines that each commit of a log wrote, without their numbers."""
    versions, commit, when = [], "", ""
    for line in filter(None, text.splitlines()):
        if line.startswith(_COMMIT):
            commit, when = line.removeprefix(_COMMIT).split(" ", 1)
        else:
            path = line.removeprefix(f"{FOLDER}/").removesuffix(".json")
            versions.append(Version(commit=commit, when=when, path=path))
    return versions


def parse_batch(output: bytes) -> Iterator[bytes]:
    """Yields the contents that `git cat-file --batch` printed; nothing for an object that is missing."""
    place = 0
    while (end := output.find(b"\n", place)) >= 0:
        head = output[place:end].split()
        size = int(head[2]) if len(head) == 3 and head[2].isdigit() else None
        if size is None:
            yield b""
            place = end + 1
        else:
            yield output[end + 1 : end + 1 + size]
            place = end + size + 2


def by_baseline(commits: Sequence[Version], contents: Sequence[bytes]) -> dict[str, tuple[Version, ...]]:
    """Returns the versions of each baseline with their numbers; a file that is no baseline is left out."""
    versions: dict[str, list[Version]] = {}
    for version, content in zip(commits, contents, strict=True):
        if known := _with_numbers(version, content):
            versions.setdefault(version.path, []).append(known)
    return {path: tuple(found) for path, found in versions.items()}


def _with_numbers(version: Version, content: bytes) -> Version | None:
    try:
        records = json.loads(content)["records"]
        metrics = [record["metrics"] for record in records]
        return Version(
            commit=version.commit,
            when=version.when,
            path=version.path,
            definition=str(records[0]["definition"]),
            seeds=len(records),
            values=_by_metric(metrics, "value"),
            medians=_by_metric(metrics, "median"),
        )
    except (ValueError, TypeError, LookupError, AttributeError):
        return None


def _by_metric(metrics: Sequence[Mapping[str, Any]], statistic: str) -> dict[str, float | None]:
    return {name: _mean([seed.get(name, {}).get(statistic) for seed in metrics]) for name in metrics[0]}


def _mean(values: Sequence[Any]) -> float | None:
    numbers = [value for value in values if isinstance(value, int | float) and math.isfinite(value)]
    return math.fsum(numbers) / len(numbers) if numbers and len(numbers) == len(values) else None


def _file(path: str) -> str:
    return f"{FOLDER}/{path}.json"
