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
    # An experiment that is new or changed on purpose goes into definitions.json with the commit that changes it.
    assert hashes == PINNED
