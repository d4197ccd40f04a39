"""5,000 photos by the protocol of the upload page, with two reloads and a server that is killed in between.

    python -m benchmarks.web.uploads [--database sqlite|postgresql] [--photos 5000]

Photos are PNGs of 24 x 24 pixels, each with a content of its own. A third of them is sent, in two pieces
each; then the page is loaded anew: the same list is announced again, and what the server says is missing is
sent. In the second third the web process gets SIGKILL while four files are on their way, and ``serve`` starts
it anew; at the next reload the rest is sent. The worker looks at photos meanwhile, but nothing waits for it.
``missing`` and ``doubled`` are counted in the rows, in the files on the disk by their SHA-256, and in what
the API lists.
"""

import argparse
import hashlib
import http.client
import itertools
import time
import urllib.error
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from benchmarks.web.library import Size
from benchmarks.web.served import DATABASES, planted, served, visitor

AT_ONCE = 4  # files on their way
CONNECTION = (OSError, http.client.HTTPException, ValueError)


def photos(count):
    """The bytes of so many small photos, no two the same."""
    generator = np.random.default_rng(0)
    made = []
    for number in range(count):
        pixels = generator.integers(0, 256, (24, 24, 3), np.uint8)
        pixels[0, 0] = [number & 255, number >> 8 & 255, number >> 16 & 255]
        made.append(cv2.imencode(".png", pixels)[1].tobytes())
    return made


class Page:
    """The upload page of a browser: announces its files, and sends what is missing, until it is left."""

    def __init__(self, url, session, files):
        self.visitor, self.files = visitor(url, session), files
        items = [
            {"name": f"IMG_{number:05d}.png", "size": len(data), "mtime": number}
            for number, data in enumerate(files)
        ]
        told = insist(lambda: self.visitor.ask("POST", "batches", {"items": items}))
        self.batch, self.missing = told["batch"], told["missing"]

    def send(self, most, before_each=lambda sent: None):
        """Sends at most so many of the missing files; a file that a broken connection stops stays missing."""
        counter = itertools.count()

        def one(missing):
            before_each(next(counter))
            data = self.files[missing["number"]]
            first = missing["offset"]
            try:
                for last in sorted({max(first, len(data) // 2), len(data)}):
                    if last > first:
                        self._piece(missing["number"], data, first, last)
                    first = last
            except urllib.error.HTTPError as error:
                if error.code not in (409, 500, 502, 503):
                    raise
            except CONNECTION:
                pass

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(one, self.missing[:most]))

    def _piece(self, number, data, first, last):
        span = {"Content-Range": f"bytes {first}-{last - 1}/{len(data)}"}
        path = f"/api/batches/{self.batch}/items/{number}"
        self.visitor.open(path, data[first:last], "PUT", span).read()


def insist(ask):
    """Asks until there is an answer, while the server is started anew."""
    for _ in range(200):
        try:
            return ask()
        except urllib.error.HTTPError as error:
            if error.code < 500:
                raise
        except CONNECTION:
            pass
        time.sleep(0.2)
    raise RuntimeError("The server did not answer for 40 s. Expected it to be started anew.")


def counted(files, kept):
    """(missing, doubled) of the contents that are kept, against the files that were sent."""
    sent = Counter(hashlib.sha256(data).hexdigest() for data in files)
    missing = sum((sent - Counter(kept)).values())
    return missing, sum((Counter(kept) - sent).values())


def upload(running, session, files):
    """Sends all files with two reloads and a kill; returns how many each load of the page had to send."""
    third = max(1, len(files) // 3)
    pages = [Page(running.url, session, files)]
    pages[0].send(third)
    pages.append(Page(running.url, session, files))
    pages[1].send(third, lambda sent: running.kill("web") if sent == third // 2 else None)
    pages.append(Page(running.url, session, files))
    pages[2].send(len(files))
    asked = [len(page.missing) for page in pages]
    batch = pages[2].visitor.ask("GET", f"batches/{pages[2].batch}")
    return asked, batch["counts"]["waiting"]


def main(options):
    """Uploads, and counts what is kept."""
    files = photos(options.photos)
    with planted(options.database, Size(20, 2)) as (data, address, account):
        from pipeline.web.models import Photo  # Django is set up by now

        Photo.objects.filter(owner=account).delete()
        with served(data, address, account) as (running, _, session):
            began = time.monotonic()
            asked, left = upload(running, session, files)
            took = time.monotonic() - began
        rows = list(Photo.objects.filter(owner=account).values_list("sha256", flat=True))
        on_disk = [
            hashlib.sha256(file.read_bytes()).hexdigest()
            for file in (data / "photos" / "original").glob("*/*")
        ]
    print(f"to be sent at each load of the page: {', '.join(f'{n:,}' for n in asked)}; left {left}")
    print(f"{len(files):,} photos in {took:.0f} s, {len(files) / took:.0f} a second")
    for name, kept in (("rows", rows), ("files", on_disk)):
        missing, doubled = counted(files, kept)
        print(f"{name}: {len(kept):,}; missing {missing}; doubled {doubled}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--photos", type=int, default=5_000)
    main(parser.parse_args())
