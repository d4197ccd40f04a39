"""Pictures of a report for README and the tutorial, by a headless Chromium.

    .venv/bin/python scripts/report_pictures.py facefold-runs/runs/RUN/report.html

Writes docs/report.png, the top of the page, and docs/tutorial/pictures/NAME.png, a section each. Look at them
before they are committed.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "tutorial" / "pictures"
WIDTH, HEIGHT = 1100, 6000
# Section, and what to show of it: at most so many pixels across and down.
SECTIONS = {
    "intake": (WIDTH, 500),
    "training": (900, 600),
    "reconstructions": (WIDTH, 500),
    "choice": (WIDTH, 985),
    "map": (WIDTH, 900),
    "groups": (WIDTH, 560),
    "evaluation": (WIDTH, 880),
    "verdict": (WIDTH, 1200),
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser():
    """Path of a Chromium; ends the script where there is none."""
    for name in BROWSERS:
        if shutil.which(name):
            return shutil.which(name)
    return sys.exit(f"No browser found. Expected one of: {', '.join(BROWSERS)}. Install chromium.")


def screenshot(page, width, height):
    """The page as a picture of width x height pixels."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "page.png"
        flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--screenshot={picture}",
        ]
        command = [browser(), *flags, f"--window-size={width},{height}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return Image.open(picture).convert("RGB")


def trimmed(picture, margin=24):
    """A picture without the empty rows below its content."""
    background = Image.new("RGB", picture.size, picture.getpixel((2, picture.height - 2)))
    box = ImageChops.difference(picture, background).getbbox()
    return picture.crop((0, 0, picture.width, min(box[3] + margin, picture.height)))


def save(picture, file, size):
    """Writes a PNG of at most ``size`` (width, height), cut on the right and below."""
    file.parent.mkdir(parents=True, exist_ok=True)
    cut = picture.crop((0, 0, min(picture.width, size[0]), min(picture.height, size[1])))
    cut.save(file, optimize=True)
    print(f"{file.relative_to(ROOT)}: {cut.width} x {cut.height}, {file.stat().st_size // 1000} kB")


def only(text, section):
    """The report's HTML with one section alone."""
    style = (
        "body > *, main > * { display: none !important; } "
        f"main, #{section} {{ display: block !important; }} "
        "#training .facts { display: none; }"  # seconds, which are this machine's
    )
    return text.replace("</head>", f"<style>{style}</style></head>", 1)


def main(report):
    """Takes every picture."""
    text = report.read_text()
    save(screenshot(report, 1280, 1020), ROOT / "docs" / "report.png", (1280, 1020))
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        for section, size in SECTIONS.items():
            page.write_text(only(text, section))
            save(trimmed(screenshot(page, WIDTH, HEIGHT)), FOLDER / f"{section}.png", size)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
