"""The published content of Omniglot, character by character."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files

from maml_tf.datasets.errors import DatasetError


@dataclass(frozen=True, kw_only=True)
class OmniglotManifest:
    """The characters of the data set, and the fingerprints of their drawings.

    Attributes:
        drawings: Number of drawings of a character.
        characters: By the name of a character (`Alphabet/character01`), the fingerprint of its drawings
            (`drawings.fingerprint`). It is computed from decoded pixels, so that archives may be packed again and
            images may be encoded again.
        orders: By the name of a character, a string with one letter per drawing, in the order of the file names. The
            letter is the rank of the drawing (`a` is the first) among the drawings sorted by their own fingerprints.
            It restores the order of the drawings where file names are lost.
        decoded: By way of resizing, the checksum of all images after decoding (`ImageClasses.checksum`).
    """

    drawings: int
    characters: Mapping[str, str]
    orders: Mapping[str, str] = field(default_factory=dict)
    decoded: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the characters, sorted."""
        return tuple(sorted(self.characters))

    @cached_property
    def checksum(self) -> str:
        """The sha256 of the number of drawings and the fingerprints, in hexadecimal digits."""
        content = [self.drawings, sorted(self.characters.items())]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def ranks(self, name: str) -> list[int]:
        """Returns the ranks of the drawings of a character among its drawings sorted by fingerprint."""
        return [ord(letter) - ord("a") for letter in self.orders[name]]

    def check_counts(self, counts: Mapping[str, int], source: str) -> None:
        """Checks that all characters are present, with the right number of drawings.

        Args:
            counts: Numbers of drawings by the name of the character.
            source: Where the data was read, for the error message.

        Raises:
            DatasetError: Characters differ; the message gives their number and the first of them.
        """
        problems = {name: "missing" for name in self.characters.keys() - counts.keys()}
        for name, count in counts.items():
            if name not in self.characters:
                problems[name] = "no such character"
            elif count != self.drawings:
                problems[name] = f"{count} drawings instead of {self.drawings}"
        self._raise_if_any(problems, source)

    def check_fingerprints(self, fingerprints: Mapping[str, str], source: str) -> None:
        """Checks that the drawings of all characters are the published ones.

        Args:
            fingerprints: Fingerprints by the name of the character, for all characters.
            source: Where the data was read, for the error message.

        Raises:
            DatasetError: Characters differ; the message gives their number and the first of them.
        """
        problems = {
            name: "other drawings, or in another order"
            for name, expected in self.characters.items()
            if fingerprints[name] != expected
        }
        self._raise_if_any(problems, source)

    def check_decoded(self, checksum: str, resize: str) -> None:
        """Checks that decoding and resizing gave the images that all published results were made with.

        Raises:
            DatasetError: The images are others, although the drawings are the published ones.
        """
        expected = self.decoded.get(resize, checksum)
        if checksum != expected:
            raise DatasetError(
                f"Omniglot resized by {resize!r} has checksum {checksum[:12]}; allowed: {expected[:12]}: the decoding "
                "code or Pillow gives other pixels than before, so that results would not be comparable"
            )

    def _raise_if_any(self, problems: Mapping[str, str], source: str) -> None:
        if problems:
            first = min(problems)
            raise DatasetError(
                f"the images in {source!r} are not the published ones: {len(problems)} of "
                f"{len(self.characters)} characters differ, first {first!r} ({problems[first]})"
            )


@cache
def load_omniglot_manifest() -> OmniglotManifest:
    """Reads the manifest that comes with the library."""
    content = json.loads(files(__package__).joinpath("manifest.json").read_text("utf-8"))
    return OmniglotManifest(**{name: value for name, value in content.items() if name != "about"})
