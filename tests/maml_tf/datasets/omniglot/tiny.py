"""Three synthetic characters with two drawings, stored in the forms of Omniglot."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maml_tf.datasets.omniglot.manifest import OmniglotManifest

ARCHIVE_OF = {
    "Greek/character01": "images_background",
    "Greek/character02": "images_background",
    "Ge_ez_(old)/character01": "images_evaluation",
}
NAMES = tuple(sorted(ARCHIVE_OF))


def tiny_drawings(seed: int = 0) -> dict[str, NDArray[np.bool_]]:
    """Returns drawings by the name of the character: bool, [2, 105, 105], true where there is ink."""
    generator = np.random.default_rng(seed)
    return {name: generator.random([2, 105, 105]) < 0.3 for name in ARCHIVE_OF}


def tiny_manifest(drawings: Mapping[str, NDArray[np.bool_]]) -> OmniglotManifest:
    """Returns the manifest of the drawings, computed without the library."""
    characters = {
        name: hashlib.sha256(np.packbits(ink.reshape(-1)).tobytes()).hexdigest()[:16] for name, ink in drawings.items()
    }
    return OmniglotManifest(drawings=2, characters=characters)


def png(ink: NDArray[np.bool_], mode: str = "1") -> bytes:
    """Returns one drawing as a PNG file: black ink on white paper."""
    file = io.BytesIO()
    Image.fromarray(~ink).convert(mode).save(file, "PNG")
    return file.getvalue()


def tiny_files(drawings: Mapping[str, NDArray[np.bool_]], mode: str = "1") -> dict[str, bytes]:
    """Returns the drawings as PNG files, by their path inside the two archives."""
    return {
        f"{ARCHIVE_OF[name]}/{name}/0001_{number:02d}.png": png(drawing, mode)
        for name, ink in drawings.items()
        for number, drawing in enumerate(ink, start=1)
    }


def write_archive(archive: Path, files: Mapping[str, bytes]) -> Path:
    """Writes one zip archive."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as entries:
        for name, data in files.items():
            entries.writestr(name, data)
    return archive


def write_archives(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes the files as the two zip archives."""
    folder.mkdir(parents=True, exist_ok=True)
    for archive in ("images_background", "images_evaluation"):
        inside = {name: data for name, data in files.items() if name.startswith(f"{archive}/")}
        write_archive(folder / f"{archive}.zip", inside)


def write_folders(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes the files as the two unpacked folders."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
