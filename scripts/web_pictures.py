"""Pictures of every page of the application for the docs, of ORL's portraits, by a headless Chromium.

    .venv/bin/python scripts/web_pictures.py [PAGE ...]

Writes docs/how-to/pictures/web/PAGE.webp, each page wide and narrow, light and dark, and docs/web-people.webp
and docs/web-preview.webp for README. Look at them before they are committed.
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = ROOT / "docs" / "how-to" / "pictures" / "web"
WIDE, NARROW = (1280, 860), (400, 860)
SCALE = 0.6  # of the wide ones on a sheet
GAP = 16  # pixels between pictures of a sheet
GREY = (128, 132, 140)  # between them, seen on a light page and on a dark one
LEFT_OUT = ("unknown-newest", "photos-of-one", "people-filtered")  # as another page is
FOR_README = {"people": "web-people", "preview": "web-preview"}
MOST = 150_000  # bytes of a picture


def shots(opened, url, state, planted, told):
    """The four pictures of a page: wide light, wide dark, narrow light, narrow dark."""
    from tests.pipeline.web.every_page import open_page

    found = []
    for width, height in (WIDE, NARROW):
        context = opened.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=1 if width == WIDE[0] else 1.5,
            storage_state=state if told.signed_in else None,
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        open_page(page, url, told, planted)
        page.wait_for_timeout(1500)  # the number of questions comes last
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
        context.close()
    return found


def sheet(pictures):
    """The four beside each other, equally high."""
    height = round(WIDE[1] * SCALE)
    small = [
        one.resize((round(one.width * height / one.height), height), Image.Resampling.LANCZOS)
        for one in pictures
    ]
    width = sum(one.width for one in small) + GAP * (len(small) + 1)
    whole = Image.new("RGB", (width, height + 2 * GAP), GREY)
    left = GAP
    for one in small:
        whole.paste(one, (left, GAP))
        left += one.width + GAP
    return whole


def save(picture, file):
    """Writes a WebP; ends the script where it is too large."""
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.save(file, quality=80, method=6)
    size = file.stat().st_size
    print(f"{file.relative_to(ROOT)}: {picture.width} x {picture.height}, {size // 1000} kB")
    if size > MOST:
        sys.exit(f"{file.name} has {size:,} bytes. Expected at most {MOST:,}. Lower its scale.")


def main(names):
    """Takes the pictures of these pages; of all without names."""
    from tests.pipeline.web.every_page import PAGES, log_in
    from tests.pipeline.web.pictured import planted_at
    from tests.pipeline.web.served import serving
    from tests.pipeline.web.story import browser

    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "facefold-web"
        planted = planted_at(data)
        with serving(data) as served, browser() as opened:
            context = opened.new_context()
            log_in(context.new_page(), served.url)
            state = context.storage_state()
            for told in PAGES:
                if told.name in LEFT_OUT or (names and told.name not in names):
                    continue
                found = shots(opened, served.url, state, planted, told)
                save(sheet(found), FOLDER / f"{told.name}.webp")
                if told.name in FOR_README:
                    save(found[0], ROOT / "docs" / f"{FOR_README[told.name]}.webp")


if __name__ == "__main__":
    main(sys.argv[1:])
