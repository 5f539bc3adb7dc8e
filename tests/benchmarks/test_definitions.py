"""The definition hash of every experiment is pinned, so that accepted records stay comparable."""

import json
from pathlib import Path

from benchmarks.catalogue import CATALOGUE

PINNED = json.loads(Path(__file__).with_name("definitions.json").read_text())


def test_no_definition_changes_by_accident() -> None:
    hashes = {
        id_: {
            scale: {reading: experiment.definition(scale, reading) for reading in experiment.readings}
            for scale in experiment.scales
        }
        for id_, experiment in CATALOGUE.items()
    }
    changed = {id_: found for id_, found in hashes.items() if found != PINNED.get(id_)}
    # An experiment that is new or changed on purpose goes into definitions.json with the commit that changes it.
    assert not changed, f"if it is meant, put into definitions.json: {json.dumps(changed)}"
    assert hashes.keys() == PINNED.keys()
