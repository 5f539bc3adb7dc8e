"""Accepted baselines as an RO-Crate: a folder of files with a description of where they come from, for archives.

The form is that of Process Run Crate 0.5 (https://www.researchobject.org/workflow-run-crate/profiles/process_run_crate):
every record is one action of this software, and its result is the baseline that holds it.
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.declaring.experiment import Experiment
from benchmarks.declaring.extra import Extra
from benchmarks.declaring.settings import definition_hash
from benchmarks.errors import BenchmarkError
from benchmarks.records import baselines
from benchmarks.records.baselines import Baseline
from benchmarks.records.record import Record

EXTRA = Extra(name="export", modules=("rocrate",))
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
LICENCE = "https://spdx.org/licenses/MIT"
PAPER = {
    "@id": "https://arxiv.org/abs/1703.03400",
    "@type": "ScholarlyArticle",
    "name": "Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks",
    "author": "Chelsea Finn, Pieter Abbeel, Sergey Levine",
    "datePublished": "2017",
}
# The version of RO-Crate that the profile builds on.
_VERSION = "1.1"


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A baseline and its experiment.

    Attributes:
        experiment: The experiment.
        path: The JSON file; its arrays are beside it.
        baseline: What the files hold.
    """

    experiment: Experiment
    path: Path
    baseline: Baseline

    @property
    def name(self) -> str:
        """Path in the crate without suffix, such as `sinusoid/maml/paper-code`."""
        return f"{self.experiment.id}/{self.path.stem}"

    @property
    def files(self) -> tuple[Path, Path]:
        """The JSON file with the summaries, and the `.npz` file with the raw values."""
        return self.path, self.path.with_suffix(".npz")


def accepted_of(
    experiments: Iterable[Experiment],
    *,
    scale: str | None = None,
    reading: str | None = None,
    folder: Path = baselines.FOLDER,
) -> list[Accepted]:
    """Reads and verifies the accepted baselines of experiments, of one scale and one reading if given.

    Raises:
        BenchmarkError: There is none, or one is faulty.
    """
    experiments = list(experiments)
    pattern = f"{scale or '*'}-{reading or '*'}.json"
    found = [
        Accepted(experiment=one, path=path, baseline=baselines.read(path, folder))
        for one in experiments
        for path in sorted((folder / one.id).glob(pattern))
    ]
    if not found:
        asked = f" at scale {scale!r}" if scale else ""
        asked += f" in reading {reading!r}" if reading else ""
        more = f" and {len(experiments) - 1} more" if len(experiments) > 1 else ""
        raise BenchmarkError(f"there is no accepted baseline of {experiments[0].id}{more}{asked}")
    return found


def export(accepted: Sequence[Accepted], out: Path) -> Path:
    """Writes baselines as one crate. The folder appears only when it is complete.

    Args:
        accepted: The baselines.
        out: The folder, which must be empty or not exist.

    Returns:
        The file with the description, `ro-crate-metadata.json`.

    Raises:
        BenchmarkError: `rocrate` is not installed, the folder is not empty, or it cannot be written.
    """
    if missing := EXTRA.missing():
        raise BenchmarkError(f"export needs {', '.join(missing)}, not installed here: {EXTRA.command}")
    out = out.resolve()
    if not out.name:
        raise BenchmarkError(f"cannot write the crate into '{out}'; give a folder with --out")
    unfinished = out.with_name(f".{out.name}.{secrets.token_hex(8)}")
    try:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise BenchmarkError(f"'{out}' exists and is not an empty folder; give another with --out")
        out.parent.mkdir(parents=True, exist_ok=True)
        _crate(accepted).write(unfinished)
        os.replace(unfinished, out)
    except OSError as error:
        raise BenchmarkError(f"cannot write the crate into '{out}': {error.strerror or error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return out / "ro-crate-metadata.json"


def _crate(accepted: Sequence[Accepted]) -> Any:
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version=_VERSION)
    crate.name = f"Accepted baselines of {', '.join(dict.fromkeys(one.experiment.title for one in accepted))}"
    crate.description = "Results of a reproduction of MAML: summaries by seed and metric, and raw values by task."
    crate.license = LICENCE
    crate.datePublished = max(one.baseline.accepted.when for one in accepted)

    def add(**properties: Any) -> Any:
        return crate.add(ContextEntity(crate, properties.pop("@id"), properties=properties))

    profile = add(**{"@id": PROFILE, "@type": ["CreativeWork", "Profile"], "name": "Process Run Crate"})
    crate.root_dataset["conformsTo"] = profile
    crate.root_dataset["citation"] = add(**PAPER)
    crate.root_dataset["mentions"] = [action for one in accepted for action in _add(one, crate, add)]
    return crate


def _add(one: Accepted, crate: Any, add: Any) -> Iterator[Any]:
    """Adds the files and the metrics of a baseline; yields the actions that made its records."""
    first, acceptance = one.baseline.records[0], one.baseline.accepted
    files = [crate.add_file(path, f"{one.name}{path.suffix}", properties=_file(one, path)) for path in one.files]
    metrics = [add(**_metric(one.name, metric, one.baseline.records)) for metric in first.metrics]
    dataset = add(
        **{
            "@id": f"#{one.name}",
            "@type": "Dataset",
            "name": f"{one.experiment.title}: {first.scale} scale, {first.reading} reading",
            "description": f"{one.experiment.description} Accepted by {acceptance.by}: {acceptance.reason}.",
            "identifier": f"definition {first.definition}",
            "dateModified": acceptance.when,
        }
    )
    dataset["hasPart"], dataset["variableMeasured"] = files, metrics
    for record in one.baseline.records:
        action = add(**_action(one.name, record))
        action["instrument"] = [add(**software) for software in _software(record)]
        action["result"] = files
        if data := [add(**_data(name, checksum)) for name, checksum in record.provenance.get("data", {}).items()]:
            action["object"] = data
        yield action


def _file(one: Accepted, path: Path) -> dict[str, Any]:
    summaries = path.suffix == ".json"
    return {
        "name": f"{one.name}: {'summaries and provenance' if summaries else 'raw values by task'}",
        "encodingFormat": "application/json" if summaries else "application/zip",
        "contentSize": str(path.stat().st_size),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


def _metric(name: str, metric: str, records: Sequence[Record]) -> dict[str, Any]:
    """Returns a metric with its mean over seeds, or with "not finite", because JSON has no infinite numbers."""
    values = [record.metrics[metric].value for record in records if metric in record.metrics]
    mean = float(np.mean(values))
    value = {"value": mean} if np.isfinite(mean) else {"description": "not finite"}
    seeds = f"mean over {len(values)} seed{'s'[: len(values) != 1]}"
    return {
        "@id": f"#{name}/{metric}",
        "@type": "PropertyValue",
        "name": metric,
        "measurementTechnique": seeds,
        **value,
    }


def _software(record: Record) -> Iterator[dict[str, Any]]:
    """Yields the software of each process that worked on a record: the commit, and the packages where they are known.

    Records of earlier versions have the packages of the last process only.
    """
    last = {name: record.provenance[name] for name in ("commit", "packages") if name in record.provenance}
    *earlier, current = record.provenance.get("processes") or [last]
    found = [_application(process) for process in (*earlier, {**current, **last})]
    yield from {software["@id"]: software for software in found}.values()


def _application(process: Mapping[str, Any]) -> dict[str, Any]:
    commit, packages = str(process.get("commit")), process.get("packages", {})
    return {
        "@id": f"#maml-tf-{commit}-{definition_hash(packages)}",
        "@type": "SoftwareApplication",
        "name": "maml-tf",
        "softwareVersion": f"commit {commit}",
        "softwareRequirements": [f"{name} {version}" for name, version in packages.items()],
    }


def _action(name: str, record: Record) -> dict[str, Any]:
    provenance = record.provenance
    times = {"startTime": provenance.get("started"), "endTime": provenance.get("finished")}
    return {
        "@id": f"#{name}/seed-{record.seed}",
        "@type": "CreateAction",
        "name": f"{record.experiment}, seed {record.seed}, on {record.device}",
        "description": provenance.get("command"),
        "actionStatus": "http://schema.org/CompletedActionStatus",
        **{key: value for key, value in times.items() if value},
    }


def _data(name: str, checksum: str) -> dict[str, Any]:
    about = "The data set is not part of this crate. The checksum is the one of its decoded images."
    return {
        "@id": f"#data-{name}-{checksum[:12]}",
        "@type": "Dataset",
        "name": name,
        "identifier": checksum,
        "description": about,
    }
