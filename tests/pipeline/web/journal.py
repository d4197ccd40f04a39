"""Two people at work while processes are killed, and a journal of what was acknowledged to them."""

import hashlib
import http.client
import io
import itertools
import random
import threading
import urllib.error
import uuid

import numpy as np
from PIL import Image

from components.ingest.sources import list_sample
from tests.pipeline.web.served import Visitor

CONNECTION = (OSError, http.client.HTTPException, ValueError)


def faces():
    """Photos without end, each with a face of the sample and a content of its own."""
    files = [photo.file for photo in list_sample() if photo.path.startswith("orl/")]
    for number in itertools.count():
        with Image.open(files[number % len(files)]) as image:
            pixels = np.asarray(image.convert("RGB")).copy()
        pixels[0, 0] = [number >> 16 & 255, number >> 8 & 255, number & 255]
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "PNG")
        yield stream.getvalue()


class AtWork(threading.Thread):
    """Uploads, comments, draws and names until it is stopped; asks again with the same key until it is answered."""

    def __init__(self, url, jar, seed, photos, lock):
        super().__init__(daemon=True)
        self.visitor = Visitor(url)
        for cookie in jar:
            self.visitor.jar.set_cookie(cookie)
        self.random, self.photos, self.lock = random.Random(seed), photos, lock
        self.stopped = threading.Event()
        self.sent, self.said, self.drawn, self.undone = {}, [], {}, set()
        self.failures, self.broken = 0, None

    def run(self):
        try:
            while not self.stopped.is_set():
                self.random.choice([self.upload, self.upload, self.comment, self.draw, self.undo])()
        except Exception as error:  # told by the test
            self.broken = error

    def insist(self, ask):
        """Asks until there is an answer: a connection that breaks, or a 502 and the like, is asked again."""
        while True:
            try:
                return ask()
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    raise
            except CONNECTION:
                pass
            self.failures += 1
            self.stopped.wait(0.2)

    def upload(self):
        with self.lock:
            data = next(self.photos)
        name = hashlib.sha256(data).hexdigest()
        told = {"items": [{"name": f"{name[:12]}.png", "size": len(data), "mtime": 1}]}

        def send():
            batch = self.visitor.ask("POST", "batches", told)
            for missing in batch["missing"]:
                offset = missing["offset"]
                if offset < len(data):
                    half = len(data) // 2 if offset < len(data) // 2 else len(data)
                    self.piece(batch["batch"], data, offset, half)
            left = self.visitor.ask("GET", f"batches/{batch['batch']}")["counts"]
            return left["waiting"] == 0

        while not self.insist(send):
            pass
        self.sent[name] = len(data)

    def piece(self, batch, data, first, last):
        span = {"Content-Range": f"bytes {first}-{last - 1}/{len(data)}"}
        self.visitor.open(f"/api/batches/{batch}/items/0", data[first:last], "PUT", span).read()

    def photo(self):
        told = self.insist(lambda: self.visitor.ask("GET", "photos?limit=20"))["items"]
        known = [photo for photo in told if photo["width"]]
        return self.random.choice(known) if known else None

    def comment(self):
        if (photo := self.photo()) is not None:
            text, key = f"said {uuid.uuid4()}", str(uuid.uuid4())
            path = f"photos/{photo['id']}/comments"
            self.insist(lambda: self.visitor.ask("POST", path, {"text": text}, key))
            self.said.append(text)

    def draw(self):
        if (photo := self.photo()) is not None:
            name, key = f"Drawn {uuid.uuid4()}", str(uuid.uuid4())
            body = {"box": [5, 5, 60, 60], "name": name}
            path = f"photos/{photo['id']}/faces"
            self.drawn[name] = self.insist(lambda: self.visitor.ask("POST", path, body, key))

    def undo(self):
        if self.drawn:
            name = self.random.choice(list(self.drawn))
            if name not in self.undone:
                edit, key = self.drawn[name]["edit"], str(uuid.uuid4())
                try:
                    self.insist(lambda: self.visitor.ask("POST", f"edits/{edit}/undo", None, key))
                except urllib.error.HTTPError as error:
                    if error.code != 409:  # the worker may have cut the face out since
                        raise
                else:
                    self.undone.add(name)
