"""A library with something in every table, and those who may or may not see of it."""

import contextlib
import itertools
import json
import uuid
from functools import cache

from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.test.client import ClientHandler

from pipeline.web import storage
from pipeline.web.accounts.first import site
from pipeline.web.accounts.sessions import mark
from pipeline.web.library import faces
from pipeline.web.models import (
    Comment,
    Edit,
    Grouping,
    GroupingRow,
    Job,
    Library,
    PairVerdict,
    Session,
    Share,
)
from pipeline.web.uploads import batches
from tests.pipeline.web.planted import SPACE, Planted, made_account
from tests.pipeline.web.uploads.pictures import picture

PASSWORD = "a long password of words"
SHARED, BEYOND = 0, 1  # people of the library
NAMES = ("Zerlina Shared", "Ottokar Beyond", "Waldtraut Beyond")
WORDS = ("said below the shared photo", "said below another photo")
UPLOAD = picture(4711)


@cache
def hashed():
    """Argon2 takes its time: once for all accounts of all tests."""
    return make_password(PASSWORD)


@cache
def handler(enforce_csrf_checks=False):
    """The application in this process: made once, for it looks through all static files."""
    return ClientHandler(enforce_csrf_checks)


class World:
    """The owner's library, of which the person SHARED with a photo of it is shared with the guest."""

    def __init__(self):
        self.accounts = {
            role: made_account(role.title()) for role in ("owner", "other", "guest", "admin", "friend")
        }
        for role, account in self.accounts.items():
            account.password, account.is_admin = hashed(), role == "admin"
            account.save()
        row = site()
        row.registration = True
        row.save()
        owner = self.accounts["owner"]
        for role in ("other", "guest", "admin"):
            Library.objects.create(owner=self.accounts[role])
        self.planted = Planted(owner, [6, 4, 3], unknown=4)
        for person, name in zip(self.planted.people, NAMES, strict=True):
            person.name = name
            person.save()
        self.faces = [
            next(face for face in self.planted.faces if face.person_id == one.pk)
            for one in self.planted.people
        ]
        self.photos = [self.planted.photos[self.planted.faces.index(face)] for face in self.faces]
        for photo, face in zip(self.photos, self.faces, strict=True):
            photo.file, photo.kind = storage.new_name(), "image/jpeg"
            photo.save()
            for kind, name in (
                ("original", photo.file),
                ("thumb", photo.uuid),
                ("preview", photo.uuid),
                ("face", face.uuid),
            ):
                storage.write(kind, name, UPLOAD)
        self.unknown = self.planted.faces[-1]
        guest = self.accounts["guest"]
        Share.objects.create(owner=owner, guest=guest, photo=self.photos[SHARED], may_comment=True)
        self.share = Share.objects.create(
            owner=owner, guest=guest, person=self.planted.people[SHARED], may_comment=True
        )
        self.comments = [
            Comment.objects.create(photo=photo, author=owner, text=text)
            for photo, text in zip(self.photos, WORDS, strict=False)
        ]
        self._verdicts()
        faces.confirm(owner, str(uuid.uuid4()), [self.planted.faces[1].uuid])
        self.edit = Edit.objects.get(owner=owner)
        self._work(owner)

    def _verdicts(self):
        """What was said of all pairs of faces that are somebody's."""
        placed = [face for face in self.planted.faces if face.person_id is not None]
        PairVerdict.objects.bulk_create(
            PairVerdict(first=one, second=other, same=one.person_id == other.person_id)
            for one, other in itertools.combinations(placed, 2)
        )

    def _work(self, owner):
        face, person = self.unknown, self.planted.people[BEYOND]
        change = {"kind": "grows", "old": [person.pk], "new": [], "faces_in": [face.pk], "faces_out": []}
        self.grouping = Grouping.objects.create(
            owner=owner, space=SPACE, clusterer="hdbscan", summary={"changes": [change]}, edited=self.edit.pk
        )
        GroupingRow.objects.create(grouping=self.grouping, face=face, person=person, confidence=0.9)
        self.job = Job.objects.create(
            owner=owner, kind="export", state="done", result={"name": "facefold-csv.zip"}
        )
        storage.write("export", self.job.uuid, b"PK\5\6" + bytes(18))
        self.batch = batches.announce(owner, "browser", [batches.Announced("IMG_new.jpg", len(UPLOAD), 1)])
        self.client("owner")
        self.session = Session.objects.get(account=owner)

    def client(self, role, **options):
        """A browser of a role; of nobody, one that is not logged in."""
        client = Client(**options)
        client.handler = handler(**options)
        if role != "nobody":
            client.force_login(self.accounts["guest" if role == "beyond" else role])
        return client

    def named(self):
        """What the addresses of the API ask for, by the names of their parts."""
        one = {"person": self.planted.people[0], "face": self.faces[0], "photo": self.photos[0]}
        one |= {"comment": self.comments[0], "edit": self.edit, "share": self.share, "batch": self.batch}
        one |= {"grouping": self.grouping, "job": self.job}
        return {name: str(row.uuid) for name, row in one.items()}

    def rows(self):
        """A row of each sort that has a name outside."""
        planted, work = self.planted, (self.edit, self.share, self.grouping, self.job, self.batch)
        return [*planted.people, *self.faces, self.unknown, *self.photos, *self.comments, *work]

    def path(self, verb, route, role):
        """The address of a route: of what is shared for the guest, of other things for ``beyond``."""
        at = BEYOND if role == "beyond" else SHARED
        person, face, photo = self.planted.people[at], self.faces[at], self.photos[at]
        own = {
            "person": person,
            "face": face,
            "photo": photo,
            "edit": self.edit,
            "share": self.share,
            "comment": self.comments[at],
            "grouping": self.grouping,
            "job": self.job,
        }
        page = face if "faces" in route else photo if "photos" in route else person
        path = route.replace("<uuid:uuid>", str(page.uuid)).replace("<batch>", str(self.batch.uuid))
        for name, row in own.items():
            path = path.replace(f"<uuidstr:{name}>", str(row.uuid))
        path = path.replace("<number>", mark(self.session.session_key) if "sessions" in route else "0")
        asked = {"group": f"grouping={self.grouping.uuid}", "photos": f"person={person.uuid}"}
        asked["api/photos"] = asked["photos"]
        query = asked.get(route, "") if verb in ("GET", "HEAD") else ""
        return f"/{path}?{query}"

    def body(self, verb, route, role):
        """What is sent, with which the owner succeeds: a body of JSON, or a form."""
        at = BEYOND if role == "beyond" else SHARED
        person, face = str(self.planted.people[at].uuid), str(self.faces[at].uuid)
        third = str(self.planted.people[2].uuid)
        rest = [str(one) for one in self.planted.of(at) if str(one) != face]
        told = {
            ("PATCH", "api/people/<uuidstr:person>"): {"name": "Renamed"},
            ("POST", "api/people/<uuidstr:person>/split"): {"parts": 2},
            ("POST", "api/people/<uuidstr:person>/split/apply"): {
                "columns": [{"faces": rest}, {"faces": [face]}]
            },
            ("POST", "api/people/patch"): {"people": [person], "hidden": True},
            ("POST", "api/people/merge"): {"people": [person, third]},
            ("POST", "api/faces/move"): {"faces": [face], "name": "Somebody"},
            ("POST", "api/faces/reject"): {"faces": [face], "person": person},
            ("POST", "api/faces/state"): {"faces": [face], "state": "ignored"},
            ("POST", "api/faces/confirm"): {"faces": [face]},
            ("POST", "api/photos/<uuidstr:photo>/faces"): {"box": [5, 5, 60, 60], "name": "Drawn"},
            ("POST", "api/pairs"): {"first": face, "second": str(self.unknown.uuid), "same": True},
            ("POST", "api/groupings"): {"clusterer": "hdbscan"},
            ("POST", "api/groupings/<uuidstr:grouping>/apply"): {"changes": [0]},
            ("POST", "api/photos/<uuidstr:photo>/comments"): {"text": "How nice."},
            ("POST", "api/shares"): {"account": "Friend", "person": person},
            ("POST", "api/batches"): {"items": [{"name": "x.jpg", "size": 9, "mtime": 1}]},
            ("POST", "api/imports"): {"folder": self.folder},
            ("POST", "api/exports"): {"kind": "csv", "people": [person]},
            ("POST", "api/calibration"): {"false_merge_rate": 0.4},
            ("POST", "api/models"): {"model": "face-people"},
            ("DELETE", "api/account"): {"password": PASSWORD},
        }
        forms = {
            "login": {"name": "Owner", "password": PASSWORD},
            "signup": {"name": "Newcomer", "password": PASSWORD},
            "account/password": {"old": PASSWORD, "password": "another password of words"},
            "admin/registration": {"open": "yes"},
        }
        return told.get((verb, route)), forms.get(route)

    folder = ""  # photos that may be imported

    @contextlib.contextmanager
    def taken_back(self):
        """Takes back whatever is done to the rows within it."""
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    def ask(self, client, verb, route, role):
        """Sends the request of a line; returns the answer."""
        path = self.path(verb, route, role)
        body, form = self.body(verb, route, role)
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        if verb == "PUT":
            headers["Content-Range"] = f"bytes 0-{len(UPLOAD) - 1}/{len(UPLOAD)}"
            return client.put(path, UPLOAD, content_type="application/octet-stream", headers=headers)
        if route == "api/search" and verb == "POST":
            return client.post(path, {"photo": SimpleUploadedFile("x.jpg", UPLOAD)}, headers=headers)
        if form is not None and verb == "POST":
            return client.post(path, form)
        data = "" if body is None else json.dumps(body)
        return client.generic(verb, path, data, content_type="application/json", headers=headers)
