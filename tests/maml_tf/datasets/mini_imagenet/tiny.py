"""Four synthetic classes with three photographs, stored in the forms of MiniImagenet."""

import hashlib
import io
import pickle
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maml_tf.datasets.image_classes import Split
from maml_tf.datasets.mini_imagenet.manifest import ClassFingerprints, MiniImagenetManifest

IMAGES = 3
CLASSES: dict[Split, tuple[str, ...]] = {
    "train": ("n00000001", "n00000004"),
    "validation": ("n00000002",),
    "test": ("n00000003",),
}
FOLDERS: dict[Split, str] = {"train": "train", "validation": "val", "test": "test"}


def jpeg(pixels: NDArray[np.uint8], format: str = "JPEG") -> bytes:
    """Returns a photograph as a file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format, quality=95)
    return file.getvalue()


def tiny_pixels(classes: int = 4, side: int = 84) -> NDArray[np.uint8]:
    """Returns smooth pictures, uint8 [classes, 3, side, side, 3]."""
    coarse = np.random.default_rng(0).integers(0, 256, [classes, IMAGES, 4, 4, 3], np.uint8)
    blocks = -(-side // 4)
    return np.repeat(np.repeat(coarse, blocks, axis=2), blocks, axis=3)[:, :, :side, :side]


def tiny_files(format: str = "JPEG", side: int = 84) -> dict[str, bytes]:
    """Returns the content of the files by paths like `train/n00000001/n0000000100000007.jpg`."""
    pixels = tiny_pixels(side=side)
    suffix = {"JPEG": "jpg", "PNG": "png"}[format]
    return {
        f"{FOLDERS[split]}/{name}/{name}{index + 7:08d}.{suffix}": jpeg(pixels[int(name[-1]) - 1, index], format)
        for split, names in CLASSES.items()
        for name in names
        for index in range(IMAGES)
    }


def tiny_manifest() -> MiniImagenetManifest:
    """Returns the manifest of the JPEG files, computed without the library."""
    files = tiny_files()

    def fingerprints(split: Split, name: str) -> ClassFingerprints:
        paths = sorted(path for path in files if f"/{name}/" in path)
        names = "\n".join(Path(path).stem for path in paths)
        contents = "".join(hashlib.sha256(files[path]).hexdigest()[:16] for path in paths)
        return ClassFingerprints(
            names=hashlib.sha256(names.encode()).hexdigest()[:16],
            files=hashlib.sha256(contents.encode()).hexdigest()[:16],
        )

    splits = {split: {name: fingerprints(split, name) for name in names} for split, names in CLASSES.items()}
    return MiniImagenetManifest(images=IMAGES, splits=splits)


def write_folders(home: Path, files: Mapping[str, bytes]) -> None:
    """Writes the folders of classes."""
    for name, data in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def write_lists(home: Path, files: Iterable[str]) -> None:
    """Writes the lists, last file first."""
    (home / "splits").mkdir(parents=True, exist_ok=True)
    for split in FOLDERS.values():
        rows = [path.split("/")[:0:-1] for path in sorted(files, reverse=True) if path.startswith(f"{split}/")]
        text = "filename,label\n" + "".join(f"{name},{label}\n" for name, label in rows)
        (home / "splits" / f"{split}.csv").write_text(text)


def write_tar(archive: Path, files: Mapping[str, bytes], mode: str = "w:xz") -> None:
    """Writes one archive with folders, files and, in place of an empty file, a link to a file outside."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, mode) as entries:  # type: ignore[call-overload]
        for folder in sorted({str(Path(name).parent) for name in files}):
            entry = tarfile.TarInfo(folder)
            entry.type = tarfile.DIRTYPE
            entries.addfile(entry)
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            if not data:
                entry.type, entry.linkname = tarfile.SYMTYPE, "../../elsewhere.jpg"
            entries.addfile(entry, io.BytesIO(data))


def write_listed_folders(home: Path, files: Mapping[str, bytes]) -> None:
    """Writes the lists and the images in one folder."""
    write_lists(home, files)
    write_folders(home, {f"images/{Path(name).name}": data for name, data in files.items()})


def write_archives(home: Path, files: Mapping[str, bytes]) -> None:
    """Writes the lists and the archives: two for the train split, one of them uncompressed, and one for the others."""
    write_lists(home, files)
    for split in ("val", "test"):
        write_tar(home / f"{split}.tar.xz", {name: data for name, data in files.items() if name.startswith(split)})
    train = {name: data for name, data in files.items() if name.startswith("train")}
    first = {name: data for name, data in train.items() if "n00000001/" in name}
    write_tar(home / "train-0.tar.xz", first)
    write_tar(home / "train-1.tar", {name: data for name, data in train.items() if name not in first}, "w:")


def tiny_pickle(split: Split) -> dict[str, object]:
    """Returns the content of a pickle: the decoded images of one split, last class first."""
    names = CLASSES[split][::-1]
    files = tiny_files()
    paths = [path for name in names for path in sorted(files) if f"/{name}/" in path]
    images = np.stack([np.asarray(Image.open(io.BytesIO(files[path]))) for path in paths])
    numbers = {name: list(range(index * IMAGES, (index + 1) * IMAGES)) for index, name in enumerate(names)}
    return {"image_data": images, "class_dict": numbers}


def write_pickles(home: Path, files: Mapping[str, bytes]) -> None:
    """Writes the pickles of `tiny_files`; the argument `files` is ignored."""
    home.mkdir(parents=True, exist_ok=True)
    for split, name in FOLDERS.items():
        (home / f"mini-imagenet-cache-{name}.pkl").write_bytes(pickle.dumps(tiny_pickle(split), protocol=2))
