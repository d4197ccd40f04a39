"""Photos, what is to come of them, and what is written below them."""

from __future__ import annotations

from django.db import models
from django.db.models import CASCADE, SET_NULL

from pipeline.web.tables.accounts import Account
from pipeline.web.tables.names import uuid_field


class Batch(models.Model):
    """Files that are to come, as they were announced."""

    uuid = uuid_field()
    owner = models.ForeignKey(Account, CASCADE)
    source = models.CharField(max_length=100, default="")  # where from, and a hash of the list
    folder = models.CharField(max_length=1000, default="")  # on the server, "" for a browser's files
    created = models.DateTimeField(auto_now_add=True)


class Item(models.Model):
    """One file of a batch, and how far it is."""

    STATES = ("waiting", "sent", "faces", "no_face", "duplicate", "rejected")
    batch = models.ForeignKey(Batch, CASCADE, related_name="items")
    number = models.IntegerField()
    name = models.CharField(max_length=1000)
    size = models.BigIntegerField()
    mtime = models.BigIntegerField()  # milliseconds since 1970, as browsers tell it
    offset = models.BigIntegerField(default=0)
    file = models.CharField(max_length=64, default="")  # what has come of it, while it is not whole
    state = models.CharField(max_length=10, default="waiting")
    reason = models.CharField(max_length=500, default="")
    n_faces = models.IntegerField(default=0)
    photo = models.ForeignKey("Photo", SET_NULL, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="one_item_a_number")]
        indexes = [models.Index(fields=["batch", "state"])]


class Photo(models.Model):
    """A photo of an account: sizes in pixels, upright; ``file`` is its random name on the disk."""

    uuid = uuid_field()
    owner = models.ForeignKey(Account, CASCADE)
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=1000)
    size = models.BigIntegerField()
    width = models.IntegerField(default=0)
    height = models.IntegerField(default=0)
    orientation = models.IntegerField(default=1)
    taken_at = models.DateTimeField(null=True)
    added = models.DateTimeField(auto_now_add=True)
    file = models.CharField(max_length=64)
    kind = models.CharField(max_length=40, default="")  # the type by its first bytes, as image/jpeg
    looked = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "sha256"], name="one_photo_a_content")]
        indexes = [models.Index(fields=["owner", "taken_at", "id"])]


class Comment(models.Model):
    """What somebody wrote below a photo."""

    uuid = uuid_field()
    photo = models.ForeignKey(Photo, CASCADE, related_name="comments")
    author = models.ForeignKey(Account, CASCADE)
    text = models.CharField(max_length=2000)
    at = models.DateTimeField(auto_now_add=True)
