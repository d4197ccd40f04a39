"""Faces, the people that they are grouped into, and what somebody said of both."""

from __future__ import annotations

from django.db import models
from django.db.models import CASCADE, SET_NULL

from pipeline.web.tables.accounts import Account
from pipeline.web.tables.names import uuid_field
from pipeline.web.tables.photos import Photo


class Library(models.Model):
    """How an account's photos are grouped."""

    owner = models.OneToOneField(Account, CASCADE)
    space = models.CharField(max_length=200, default="")  # "" until faces were embedded
    model = models.CharField(max_length=200, default="face-people")
    space_models = models.JSONField(default=dict)  # the model of each space that faces were embedded in
    clusterer = models.CharField(max_length=40, default="chinese_whispers")
    distance = models.FloatField(null=True)  # None is the clusterer's own
    false_merge_rate = models.FloatField(default=0.001)


class Person(models.Model):
    """Faces that are taken for one person's; without a name until somebody gives one."""

    uuid = uuid_field()
    owner = models.ForeignKey(Account, CASCADE)
    name = models.CharField(max_length=200, default="")
    cover = models.ForeignKey("Face", SET_NULL, null=True, related_name="+")
    hidden = models.BooleanField(default=False)
    favourite = models.BooleanField(default=False)
    n_faces = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["owner", "hidden", "-n_faces", "id"])]


class Face(models.Model):
    """A face in a photo. ``box`` is left, top, width, height in pixels of the upright photo.

    ``landmarks`` are ten numbers in pixels of the chip; ``quality`` the chip's sharpness; ``confidence``,
    from 0 to 1, how sure its person is.
    """

    ORIGINS = ("detector", "drawn", "xmp")
    ASSIGNED = ("", "group", "person", "import")
    STATES = ("shown", "ignored", "not_a_face")
    uuid = uuid_field()
    owner = models.ForeignKey(Account, CASCADE)
    photo = models.ForeignKey(Photo, CASCADE, related_name="faces")
    box = models.JSONField()
    landmarks = models.JSONField(default=list)
    score = models.FloatField(default=0)
    quality = models.FloatField(default=0)
    origin = models.CharField(max_length=10, default="detector")
    person = models.ForeignKey(Person, SET_NULL, null=True, related_name="faces")
    assigned_by = models.CharField(max_length=10, default="")
    confidence = models.FloatField(default=0)
    state = models.CharField(max_length=12, default="shown")
    placed = models.BooleanField(default=False)  # whether it was compared with the people once

    class Meta:
        indexes = [
            models.Index(fields=["owner", "placed"]),
            models.Index(fields=["owner", "state", "person", "id"]),
            models.Index(fields=["person", "state", "confidence", "id"]),
        ]


class Embedding(models.Model):
    """A face's place in a space of embeddings: float32, little-endian."""

    face = models.ForeignKey(Face, CASCADE, related_name="embeddings")
    space = models.CharField(max_length=200)
    bytes = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["face", "space"], name="one_embedding_a_space")]


class KeptNeighbours(models.Model):
    """The nearest neighbours among an account's faces, so that another distance need not find them anew."""

    owner = models.ForeignKey(Account, CASCADE)
    space = models.CharField(max_length=200)
    faces = models.BinaryField()  # int64 ids, the rows of what follows
    bytes = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "space"], name="neighbours_once_a_space")]


class Verdict(models.Model):
    """What somebody said of a face: that it is this person, or that it is not. It outlives every grouping."""

    face = models.ForeignKey(Face, CASCADE, related_name="verdicts")
    person = models.ForeignKey(Person, CASCADE, related_name="verdicts")
    is_person = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["face", "person"], name="one_verdict_a_pair")]


class PairVerdict(models.Model):
    """What somebody said of two faces: the same person, or not. The face with the smaller id comes first."""

    first = models.ForeignKey(Face, CASCADE, related_name="+")
    second = models.ForeignKey(Face, CASCADE, related_name="+")
    same = models.BooleanField(null=True)  # None: skipped, and not asked again

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="one_verdict_two_faces")]


class Grouping(models.Model):
    """A way to group all faces, which is shown before anything changes."""

    uuid = uuid_field()
    owner = models.ForeignKey(Account, CASCADE)
    space = models.CharField(max_length=200)
    clusterer = models.CharField(max_length=40)
    distance = models.FloatField(null=True)
    state = models.CharField(max_length=10, default="proposed")  # proposed, applied, dropped
    created = models.DateTimeField(auto_now_add=True)
    edited = models.BigIntegerField(default=0)  # the last edit that it knows of
    summary = models.JSONField(default=dict)


class GroupingRow(models.Model):
    """A face in a grouping: its old person, or the number of a new one; both None is unknown.

    Django alone keeps what its rows refer to: PostgreSQL would look up each of 60,000 references of a
    proposal, which takes longer than the grouping.
    """

    grouping = models.ForeignKey(Grouping, CASCADE, related_name="rows", db_constraint=False)
    face = models.ForeignKey(Face, CASCADE, db_constraint=False)
    person = models.ForeignKey(Person, CASCADE, null=True, db_constraint=False)
    number = models.IntegerField(null=True)
    confidence = models.FloatField(default=0)
