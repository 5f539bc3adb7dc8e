"""What a dataset must hold, character by character."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files

from maml_tf.datasets.errors import DatasetError


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The characters of a dataset and what their drawings look like.

    Attributes:
        drawings: Drawings of each character.
        characters: The fingerprint of the drawings (`drawings.fingerprint`) by the name of the
            character, `Alphabet/character01`. It is taken from the decoded pixels: archives may be
            packed again and images encoded again.
        orders: A letter for each drawing of a character, in the order of the file names: its place
            (`a` is the first) among the drawings sorted by their own fingerprints. It finds the
            order again where file names are lost.
    """

    drawings: int
    characters: Mapping[str, str]
    orders: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the characters, sorted."""
        return tuple(sorted(self.characters))

    @cached_property
    def checksum(self) -> str:
        """The sha256 over what identifies the drawings, in hexadecimal digits."""
        content = [self.drawings, sorted(self.characters.items())]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def places(self, name: str) -> list[int]:
        """The place of each drawing of a character among those sorted by fingerprint."""
        return [ord(letter) - ord("a") for letter in self.orders[name]]

    def check_counts(self, counts: Mapping[str, int], where: str) -> None:
        """Checks that the right characters are there, each with the right number of drawings.

        Args:
            counts: Number of drawings by the name of the character.
            where: Where the data came from, for the message.

        Raises:
            DatasetError: Naming the first character that differs and how many do.
        """
        problems = {name: "missing" for name in self.characters.keys() - counts.keys()}
        for name, count in counts.items():
            if name not in self.characters:
                problems[name] = "no such character"
            elif count != self.drawings:
                problems[name] = f"{count} drawings instead of {self.drawings}"
        self._refuse(problems, where)

    def check_fingerprints(self, fingerprints: Mapping[str, str], where: str) -> None:
        """Checks that the drawings of every character are the published ones.

        Args:
            fingerprints: Fingerprint by the name of the character, one for each character.
            where: Where the data came from, for the message.

        Raises:
            DatasetError: Naming the first character that differs and how many do.
        """
        self._refuse(
            {
                name: "other drawings, or in another order"
                for name, expected in self.characters.items()
                if fingerprints[name] != expected
            },
            where,
        )

    def _refuse(self, problems: Mapping[str, str], where: str) -> None:
        if problems:
            first = min(problems)
            raise DatasetError(
                f"the images in {where!r} are not the published ones: {len(problems)} of "
                f"{len(self.characters)} characters differ, first {first!r} ({problems[first]})"
            )


def load_manifest(name: str) -> Manifest:
    """Reads a manifest that comes with the library.

    Args:
        name: The dataset, such as `omniglot`.
    """
    content = json.loads(files(__package__).joinpath("manifests", f"{name}.json").read_text("utf-8"))
    return Manifest(drawings=content["drawings"], characters=content["characters"], orders=content["orders"])
