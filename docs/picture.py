"""Takes the picture of the report that README.md shows: `python -m docs.picture`. It needs Chromium and Pillow."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

from benchmarks.catalogue import CATALOGUE
from benchmarks.figures.report_data import report_data
from benchmarks.records import speed as speed_records
from benchmarks.records.evidence import Measured
from reports import build

PICTURE = Path(__file__).parent / "images" / "report.png"
SIZE = (1200, 800)  # pixels
COLOURS = 64
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Builds the report from the accepted baselines, and writes a picture of its top.

    Raises:
        SystemExit: There is no browser.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit(f"none of {', '.join(BROWSERS)} is on PATH")
    speed, _ = speed_records.shown()
    with tempfile.TemporaryDirectory() as folder:
        page, shot = build(report_data(Measured.load(), CATALOGUE, speed), Path(folder)), Path(folder) / "shot.png"
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=5000"]
        flags += [f"--user-data-dir={folder}/profile", f"--window-size={SIZE[0]},{SIZE[1]}", f"--screenshot={shot}"]
        subprocess.run([browser, *flags, page.as_uri()], check=True, capture_output=True)
        PICTURE.parent.mkdir(exist_ok=True)
        Image.open(shot).convert("RGB").quantize(COLOURS).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
