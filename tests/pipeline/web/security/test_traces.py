"""What is erased is gone: from files, tables, logs, archives, and from what others keep.

Looked for are names, names of files, texts, UUIDs, and any 32 bytes in a row of the photos, of what was made of
them and of embeddings, in all files of the data folder (SQLite's and its log among them) and in all values of all
tables. Not looked at, and not in the application's hands: what a disk keeps of files that were removed,
PostgreSQL's own log (pg_wal, which its server recycles), the samples of values that its planner keeps of a table
without rows (pg_statistic: they go when the table has rows and is analysed again), backups, and what guests saved.
"""

import io
import time
import urllib.error

import numpy as np
import pytest
from PIL import Image

from components.ingest.sources import list_sample
from pipeline.web.exchange.regions import Region, Regions
from pipeline.web.exchange.sidecar import write_sidecar
from tests.pipeline.web.databases import database
from tests.pipeline.web.security.traces_left import Left, Tables, windows
from tests.pipeline.web.served import PASSWORD, Visitor, serving

PEOPLE, EACH = 3, 4
NAMES = ("Zoë Żurawska", "Ottokar Quimby", "Waldtraut Xanthippe")
VERA = "Vera Vanishing"


def pictures(first, count):
    """Faces of the sample, larger, each with noise of its own that no other file has."""
    files = [photo.file for photo in list_sample() if photo.path.startswith("orl/")]
    for number in range(first, first + count):
        with Image.open(files[number % EACH + 10 * (number // EACH)]) as image:
            pixels = np.asarray(image.convert("RGB").resize((276, 336)), np.int16)
        noise = np.random.default_rng(number).integers(-6, 7, pixels.shape)
        stream = io.BytesIO()
        Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8)).save(stream, "PNG")
        yield stream.getvalue()


class Story:
    """Vera's library beside the keeper's, with everything done in it that leaves something behind."""

    def __init__(self, served, address):
        self.served, self.tables = served, Tables(served.data, address)
        self.keeper = Visitor(served.url).sign_up("Keeper", served.token)
        self.keeper.open("/account").read()
        self.keeper.open(
            "/admin/registration", f"open=yes&csrfmiddlewaretoken={self.keeper.csrf()}".encode()
        ).read()
        self.vera, self.guest = (Visitor(served.url).sign_up(name) for name in (VERA, "Gustav"))
        self.files = {f"Zanzibar {n}.png": data for n, data in enumerate(pictures(0, PEOPLE * EACH))}
        self.keeper.upload({f"Kept {n}.png": data for n, data in enumerate(pictures(20, 3))})
        names = Regions((Region("Sigismund", 0.5, 0.5, 0.7, 0.7),), 276, 336)
        self.vera.upload({**self.files, "Zanzibar 0.png.xmp": write_sidecar(None, names)})
        self.wait()
        self.people = self.vera.ask("GET", "people")["items"]
        self.photos = {one["name"]: one["id"] for one in self.vera.ask("GET", "photos?limit=200")["items"]}

    def wait(self):
        """Until the worker has nothing to do."""
        until = time.monotonic() + 150
        while self.tables.all("SELECT count(*) FROM web_job WHERE state IN ('waiting', 'running')")[0][0]:
            assert time.monotonic() < until, self.tables.all("SELECT kind, state, error FROM web_job")
            time.sleep(0.2)
        failed = self.tables.all("SELECT kind, error FROM web_job WHERE state = 'failed'")
        assert not failed

    def live(self):
        """Names, shares, comments, groupings, exports, searches, edits and undoings."""
        ask = self.vera.ask
        for person, name in zip(self.people, NAMES, strict=False):
            ask("PATCH", f"people/{person['id']}", {"name": name})
        ask("PATCH", f"people/{self.people[0]['id']}", {"name": "Zoë Premarital"})
        ask("PATCH", f"people/{self.people[0]['id']}", {"name": NAMES[0]})
        photo = self.photos["Zanzibar 0.png"]
        for name in ("Zanzibar 0.png", "Zanzibar 5.png"):
            ask("POST", "shares", {"account": "Gustav", "photo": self.photos[name], "may_comment": True})
            ask("POST", f"photos/{self.photos[name]}/comments", {"text": f"Vera speaks of {name[:-4]}."})
            self.guest.ask(
                "POST", f"photos/{self.photos[name]}/comments", {"text": f"Gustav answers on {name[:-4]}."}
            )
        ask("POST", "shares", {"account": "Gustav", "person": self.people[0]["id"], "may_comment": True})
        kept = self.keeper.ask("GET", "photos")["items"][0]["id"]
        self.keeper.ask("POST", "shares", {"account": VERA, "photo": kept, "may_comment": True})
        ask("POST", f"photos/{kept}/comments", {"text": "Vera was here too."})
        faces = [ask("GET", f"people/{one['id']}/faces")["items"] for one in self.people]
        mine = [face["id"] for face in ask("GET", f"photos/{photo}")["faces"]]
        ask("POST", "faces/confirm", {"faces": [one["id"] for one in faces[0]]})
        moved = ask("POST", "faces/move", {"faces": [faces[1][0]["id"], *mine], "name": NAMES[2]})
        ask("POST", f"edits/{moved['edit']}/undo")
        ask("POST", "faces/reject", {"faces": [faces[1][-1]["id"]], "person": self.people[1]["id"]})
        ask("POST", "pairs", {"first": faces[0][0]["id"], "second": faces[1][0]["id"], "same": False})
        drawn = ask("POST", f"photos/{photo}/faces", {"box": [60, 80, 120, 150], "name": NAMES[0]})
        ask("POST", f"edits/{drawn['edit']}/undo")
        ask("POST", "groupings", {"clusterer": "hdbscan"})
        ask("GET", "levels?clusterer=chinese_whispers")
        ask("POST", f"people/{self.people[0]['id']}/split", {})
        for face in mine:
            ask("POST", f"search/{face}")
        for kind in ("csv", "folders", "sidecars"):
            ask("POST", "exports", {"kind": kind})
        again = [{"name": "Zanzibar 0.png", "size": len(self.files["Zanzibar 0.png"]), "mtime": 9}]
        batch = ask("POST", "batches", {"items": again})["batch"]
        assert self.vera.put(batch, 0, self.files["Zanzibar 0.png"])["state"] == "duplicate"
        self.wait()

    def blobs(self, names):
        """By their names: the bytes of photos, of small copies, chips, and embeddings."""
        told = {}
        for name in names:
            photo = self.photos[name]
            told[f"original {name}"] = self.files[name]
            for size in ("thumb", "preview"):
                told[f"{size} {name}"] = self.vera.open(f"/files/photos/{photo}/{size}.jpg").read()
            for face in self.vera.ask("GET", f"photos/{photo}")["faces"]:
                told[f"chip {name}"] = self.vera.open(f"/files/faces/{face['id']}.jpg").read()
                told |= {f"embedding {name}": row for row in self.embeddings(face["id"])}
        return told

    def embeddings(self, face):
        key = face if self.tables.address else face.replace("-", "")
        rows = self.tables.all(
            "SELECT e.bytes FROM web_embedding e JOIN web_face f ON f.id = e.face_id "
            f"WHERE CAST(f.uuid AS text) = '{key}'"
        )
        return [bytes(row) for (row,) in rows]

    def marks(self, name):
        """The words that tell of a photo: its name, texts below it, and what it and its faces are called."""
        photo = self.photos[name]
        rows = self.tables.all(
            f"SELECT CAST(uuid AS text), file, sha256 FROM web_photo WHERE name = '{name}'"
        )
        faces = [face["id"] for face in self.vera.ask("GET", f"photos/{photo}")["faces"]]
        texts = [one["text"] for one in self.vera.ask("GET", f"photos/{photo}/comments")["items"]]
        return {name, name[:-4], photo, *map(str, rows[0]), *faces, *texts}

    def kept(self):
        """The bytes of all that stays: the keeper's photos, with what was made of them."""
        told = {}
        for one in self.keeper.ask("GET", "photos")["items"]:
            pictures = [f"photos/{one['id']}/{kind}" for kind in ("original", "thumb.jpg", "preview.jpg")]
            faces = self.keeper.ask("GET", f"photos/{one['id']}")["faces"]
            for path in pictures + [f"faces/{face['id']}.jpg" for face in faces]:
                told[path] = self.keeper.open(f"/files/{path}").read()
        return told

    def left(self):
        return Left(self.served.data, self.tables)


def common(blobs, others):
    """Runs of bytes that two of the blobs have, or that others have: tables of JPEG, plain surfaces."""
    runs = np.concatenate([np.unique(windows(data)) for data in blobs.values()])
    numbers, counts = np.unique(runs, return_counts=True)
    theirs = np.concatenate([windows(data) for data in others.values()])
    return np.union1d(numbers[counts > 1], theirs)


def erase_a_photo(story, blobs, but):
    name = "Zanzibar 0.png"
    words = story.marks(name)
    mine = {what: data for what, data in blobs.items() if what.endswith(name)}
    assert {what.split()[0] for what in mine} == {"original", "thumb", "preview", "chip", "embedding"}
    before = story.left()
    assert before.words(words).keys() == words
    assert sorted(before.runs(mine, but)) == sorted(mine)
    story.vera.ask("DELETE", f"photos/{story.photos[name]}")
    story.wait()
    after = story.left()
    assert after.words(words) == {}
    assert after.runs(mine, but) == {}


def take_a_person_apart(story):
    person = story.people[0]
    words = {NAMES[0], "Zoë Premarital", "Premarital", person["id"]}
    assert NAMES[0] in story.left().words(words)
    story.vera.ask("DELETE", f"people/{person['id']}")
    story.wait()
    assert story.left().words(words) == {}


def erase_the_account(story, blobs, but):
    words = {VERA, "Vera", *NAMES[1:], "Zanzibar", "was here too"}
    for name in story.photos:
        if name != "Zanzibar 0.png":
            words |= story.marks(name)
    rest = {what: data for what, data in blobs.items() if not what.endswith("Zanzibar 0.png")}
    before = story.left()
    assert before.words(words).keys() == words
    assert sorted(before.runs(rest, but)) == sorted(rest)
    kept = story.keeper.ask("GET", "photos?limit=200")
    story.vera.ask("DELETE", "account", {"password": PASSWORD})
    after = story.left()
    assert after.words(words) == {}
    assert after.runs(rest, but) == {}
    assert story.keeper.ask("GET", "photos?limit=200") == kept
    with pytest.raises(urllib.error.HTTPError, match="401"):
        story.vera.ask("GET", "people")
    assert VERA not in story.served.log.read_text()


@pytest.mark.parametrize("name", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow_web)])
def test_what_is_erased_is_found_nowhere(tmp_path, name):
    with database(name) as address, serving(tmp_path / "data", address) as served:
        story = Story(served, address)
        assert len(story.people) >= 2
        story.live()
        blobs = story.blobs(story.photos)
        but = common(blobs, story.kept())
        erase_a_photo(story, blobs, but)
        take_a_person_apart(story)
        erase_the_account(story, blobs, but)
