"""A library with pictures, planted without a detector or a network: portraits of the sample (ORL), as small JPEGs.

``planted_at`` does it in a process of its own, for a data folder that is served afterwards. The rows are what
the worker would have made; a split and a proposed grouping are made by the worker's own jobs.
"""

import json
import re
from datetime import datetime, timedelta, timezone
from itertools import cycle
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np

from tests.pipeline.web.programs import printed
from tests.pipeline.web.served import PASSWORD

SPACE, OTHER = "face-people-planted", "serving-2-planted"  # two models' embeddings, the second looser
DIMENSION = 64
SPREAD = 0.024  # of each number of an embedding: two faces of one person are some 0.27 apart
SCALE = 8  # of a portrait, 92 x 112, as a photo
# Name, how many faces of which of ORL's forty, favourite.
PEOPLE = (
    ("Jonas Falk", {14: 7, 28: 5}, False),  # two men in one: to be split
    ("Ida Ost", {8: 9}, True),
    ("Bert Lund", {2: 9}, False),
    ("Clara Holm", {10: 8}, True),
    ("Emil Roth", {5: 7}, False),
    ("Samuel Reed", {22: 7}, False),
    ("Ruth Adler", {32: 6}, False),
    ("", {17: 6}, False),
    ("Maja Bergström-Lindqvist", {35: 6}, False),
    ("", {13: 5}, False),
    ("", {12: 5}, False),
    ("Tom Wells", {26: 4}, False),
    ("", {20: 4}, False),
    ("", {5: 3}, False),  # Emil once more
    ("", {39: 3}, False),
    ("", {37: 2}, False),
)
HIDDEN = ("", {30: 3}, False)
ALONE = (3, 6, 7, 9, 11, 15, 18, 23, 25, 29, 40)  # seen once, or twice: nobody's
TOGETHER = ((8, 2, 10, 5), (22, 32, 26, 14), (35, 8, 17, 12))  # photos of four side by side
CROP = (0, 12, 92, 92)  # of a portrait: left, top, width, height of its face


def portraits():
    """The pictures (112, 92) uint8 of each of the forty, by number."""
    import cv2

    from components.ingest.sources import list_sample

    found = {}
    for photo in list_sample():
        named = re.match(r"orl/s(\d+)/(\d+)\.pgm", photo.path)
        if named:
            found.setdefault(int(named[1]), {})[int(named[2])] = photo.file
    return {
        person: [cv2.imread(files[number], cv2.IMREAD_GRAYSCALE) for number in sorted(files)]
        for person, files in found.items()
    }


class Pictured:
    """Writes one account's photos, faces and people."""

    def __init__(self, account, held, random):
        self.account, self.random = account, random
        self.left = {person: cycle(pictures) for person, pictures in held.items()}
        self.centres = np.linalg.qr(random.normal(size=(DIMENSION, DIMENSION)))[0]
        self.photos, self.faces, self.rows = [], [], []

    def photo(self, *people):
        """A photo of these people side by side; returns its faces, which are not saved yet."""
        import cv2

        from pipeline.web.models import Face, Photo

        number = len(self.photos)
        pictures = [next(self.left[person]) for person in people]
        scale = SCALE if len(people) == 1 else SCALE - 2
        wide = np.concatenate(pictures, axis=1)
        size = (wide.shape[1] * scale, wide.shape[0] * scale)
        photo = Photo(
            owner=self.account,
            sha256=f"{self.account.pk}-{number:060d}"[:64],
            name=f"IMG_{2041 + number}.jpg",
            size=184_000 + 977 * number % 90_000,
            width=size[0],
            height=size[1],
            taken_at=datetime(2024, 11, 24, 15, 20, tzinfo=timezone.utc) - timedelta(hours=131 * number),
            file=f"{self.account.pk:08d}{number:024d}",
            kind="image/jpeg",
            looked=True,
        )
        self.photos.append(photo)
        self.written(photo, cv2.resize(wide, size, interpolation=cv2.INTER_CUBIC))
        faces = []
        for place, (person, picture) in enumerate(zip(people, pictures, strict=True)):
            left, top, width, height = CROP
            box = [scale * (92 * place + left), scale * top, scale * width, scale * height]
            faces.append(Face(owner=self.account, photo=photo, box=box, score=0.9, placed=True))
            faces[-1].quality = float(100 + self.random.integers(400))
            self.chip(faces[-1], picture[top : top + height, left : left + width])
            self.rows.append(self.embedding(person))
        self.faces += faces
        return faces

    def written(self, photo, pixels):
        """The photo's files: itself, a preview and a thumbnail."""
        from pipeline.web import storage
        from pipeline.web.jobs.kinds.look import SIDES, small

        colours = np.repeat(pixels[:, :, None], 3, axis=2)
        storage.write("original", photo.file, small(colours, max(pixels.shape)))
        for kind, side in SIDES.items():
            storage.write(kind, photo.uuid, small(colours, side))

    def chip(self, face, pixels):
        """A face's picture, 192 x 192 pixels."""
        import cv2

        from pipeline.web import storage

        chip = cv2.resize(pixels, (192, 192), interpolation=cv2.INTER_CUBIC)
        storage.write("face", face.uuid, cv2.imencode(".jpg", chip)[1].tobytes())

    def embedding(self, person):
        """A place near the person's own."""
        spread = SPREAD * (1 + self.random.random() / 2)
        row = self.centres[person] + self.random.normal(size=DIMENSION) * spread
        return (row / np.linalg.norm(row)).astype("<f4")

    def person(self, name, faces, favourite=False, hidden=False):
        """A person of these faces."""
        from pipeline.web.models import Person

        made = Person.objects.create(
            owner=self.account, name=name, favourite=favourite, hidden=hidden, n_faces=len(faces)
        )
        for number, face in enumerate(faces):
            face.person, face.assigned_by = made, "person" if number % 4 == 3 and name else "group"
            face.confidence = 1.0 if face.assigned_by == "person" else float(self.random.uniform(0.42, 0.99))
        return made

    def save(self):
        """Writes the rows; covers are the surest faces."""
        from pipeline.web.models import Embedding, Face, Person, Photo

        Photo.objects.bulk_create(self.photos)
        Face.objects.bulk_create(self.faces)
        looser = [row + self.random.normal(size=DIMENSION) * SPREAD for row in self.rows]
        Embedding.objects.bulk_create(
            Embedding(face=face, space=space, bytes=row.astype("<f4").tobytes())
            for space, rows in ((SPACE, self.rows), (OTHER, looser))
            for face, row in zip(self.faces, rows, strict=True)
        )
        for person in Person.objects.filter(owner=self.account):
            person.cover = person.faces.order_by("-confidence", "id").first()
            person.save()


def plant():
    """Plants two accounts, Anna's library with something on every page; returns the names that pages need."""
    from pipeline.web.accounts.signing import set_password
    from pipeline.web.models import Account, Library, Site

    random = np.random.default_rng(3)
    held = portraits()
    accounts = []
    for name in ("Anna", "Bert"):
        account = Account(name=name, is_admin=name == "Anna")
        set_password(account, PASSWORD)
        account.save()
        Library.objects.create(
            owner=account, space=SPACE, space_models={SPACE: "face-people", OTHER: "serving"}
        )
        accounts.append(account)
    Site.objects.update_or_create(pk=1, defaults={"registration": True})
    anna, bert = (Pictured(account, held, random) for account in accounts)
    people, together = planted_people(anna)
    theirs = [bert.person(name, [bert.photo(who)[0] for _ in range(n)]) for name, who, n in GUESTS]
    for one in (anna, bert):
        one.save()
    seen = {"person": people[1].uuid, "mixed": people[0].uuid, "photo": together[0].uuid}
    around(accounts, people, together, theirs, bert.photos)
    seen |= asked_of_the_worker(anna, people)
    return {name: str(value) for name, value in seen.items()}


GUESTS = (("Ida and the boat", 8, 3), ("Uncle Karl", 34, 4))


def planted_people(anna):
    """Anna's people, those of nobody, and what was set aside; returns people, and photos of several."""
    mine = {place: [] for place in range(len(PEOPLE))}
    place_of = {who: place for place, (_, faces, _) in reversed(list(enumerate(PEOPLE))) for who in faces}
    together = []
    for some in TOGETHER:
        faces = anna.photo(*some)
        together.append(faces[0].photo)
        for who, face in zip(some, faces, strict=True):
            mine[place_of[who]].append(face)
    for place, (_, wanted, _) in enumerate(PEOPLE):
        for who, n in wanted.items():
            here = n - sum(who in some for some in TOGETHER if place_of[who] == place)
            mine[place] += [anna.photo(who)[0] for _ in range(here)]
    people = [anna.person(name, mine[place], favourite) for place, (name, _, favourite) in enumerate(PEOPLE)]
    name, wanted, _ = HIDDEN
    anna.person(name, [anna.photo(who)[0] for who, n in wanted.items() for _ in range(n)], hidden=True)
    for who in (*ALONE, 8, 8, 18):
        anna.photo(who)
    for who, state in ((31, "ignored"), (36, "ignored"), (24, "not_a_face"), (27, "not_a_face")):
        (face,) = anna.photo(who)
        face.state = state
        if state == "not_a_face":
            anna.chip(face, np.ascontiguousarray(next(anna.left[who])[76:112, 0:36]))
    return people, together


def around(accounts, people, together, theirs, their_photos):
    """Comments, shares, batches in all states, a job that failed, and a change to take back."""
    from pipeline.web.library import faces
    from pipeline.web.models import Comment, Face, Job, Share

    anna, bert = accounts
    for author, text in ((bert, "Who is that on the right?"), (anna, "Emil. He had just found his keys.")):
        Comment.objects.create(photo=together[0], author=author, text=text)
    Share.objects.create(owner=anna, guest=bert, person=people[1], may_comment=True)
    Share.objects.create(owner=anna, guest=bert, photo=together[0], may_comment=True)
    for person in theirs:
        Share.objects.create(owner=bert, guest=anna, person=person)
    for photo in their_photos[:3]:
        Share.objects.create(owner=bert, guest=anna, photo=photo)
    Job.objects.create(owner=anna, kind="export", state="failed", error="The disk is full.", attempts=5)
    batches(anna)
    least = Face.objects.filter(person=people[2], assigned_by="group").order_by("confidence")[:3]
    faces.confirm(anna, "planted", [face.uuid for face in least])


def batches(account):
    """Two batches, the newest with a file in each state."""
    from pipeline.web.models import Batch, Item, Photo

    photos = list(Photo.objects.filter(owner=account).order_by("id"))
    old, new = (Batch.objects.create(owner=account, source=name) for name in ("first", "second"))
    told = [("faces", 4, "", photo) for photo in photos[:3]]
    told += [("faces", 1, "", photo) for photo in photos[3:40]]
    Item.objects.bulk_create(item(old, number, *one) for number, one in enumerate(told))
    same = f"the same file as {photos[44].name}"
    told = [("faces", 1, "", photo) for photo in photos[40:48]]
    told += [("no_face", 0, "", photos[60]), ("duplicate", 0, same, photos[44])]
    told += [("rejected", 0, "corrupt: it ends too early", None), ("sent", 0, "", None)]
    told += [("waiting", 0, "", None)] * 2
    Item.objects.bulk_create(item(new, number, *one) for number, one in enumerate(told))


def item(batch, number, state, n_faces, reason, photo):
    """A file of a batch, not saved."""
    from pipeline.web.models import Item

    name = photo.name if photo is not None else f"IMG_{3310 + number}.jpg"
    told = {"state": state, "n_faces": n_faces, "reason": reason, "photo": photo}
    return Item(batch=batch, number=number, name=name, size=210_000, mtime=1_700_000_000_000, **told)


def asked_of_the_worker(anna, people):
    """A split and a proposed grouping, by the worker's jobs; of the grouping the clusterer alone is replaced."""
    from pipeline.web.jobs import queue, worker
    from pipeline.web.library import groupings, splits
    from pipeline.web.library.arrays import faces_of

    splitting = splits.propose(anna.account, "split", people[0].uuid, None)
    worker.do(queue.take(("split",)))
    found = SimpleNamespace(labels=regrouped(anna, faces_of(anna.account, SPACE), people))
    grouping = groupings.propose(anna.account, "group", "chinese_whispers", 0.36, SPACE)
    with patch("pipeline.web.jobs.kinds.group.group", return_value=found):
        worker.do(queue.take(("group",)))
    return {"split": splitting["job"], "grouping": grouping["grouping"]}


def regrouped(anna, faces, people):
    """The number of each face in another grouping, -1 for none: people split, join, lose, grow, come and go."""
    who = {face.pk: row @ anna.centres.T for face, row in zip(anna.faces, anna.rows, strict=True)}
    nearest = np.array([int(np.argmax(who[int(face)])) for face in faces.face])
    labels = np.where(faces.person > 0, faces.person, -1)
    labels[(labels == people[0].pk) & (nearest == 28)] = 10**6  # Jonas was two
    labels[labels == people[13].pk] = people[4].pk  # Emil is one
    labels[(labels < 0) & (nearest == 8)] = people[1].pk  # Ida grows
    labels[(labels < 0) & (nearest == 18)] = 10**6 + 1  # somebody new
    labels[np.flatnonzero(labels == people[2].pk)[-2:]] = -1  # Bert loses two
    labels[labels == people[15].pk] = -1  # a small person is nobody
    return np.unique(labels, return_inverse=True)[1] - 1  # numbers from 0; the smallest, -1, stays so


def planted_at(data):
    """Plants into the data folder of an application that does not run yet; the names that pages need."""
    program = "import json\nfrom tests.pipeline.web.pictured import plant\nprint(json.dumps(plant()))"
    return json.loads(printed(program, data=str(data))[-1])
