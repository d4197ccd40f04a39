"""What was changed, what is shared, and what is left to do."""

from __future__ import annotations

from django.db import models
from django.db.models import CASCADE, SET_NULL, Q

from pipeline.web.tables.accounts import Account
from pipeline.web.tables.names import uuid_field
from pipeline.web.tables.people import Person
from pipeline.web.tables.photos import Photo


class Edit(models.Model):
    """A change that somebody made, and how it is taken back; see ``pipeline.web.edits``."""

    uuid = uuid_field()
    owner = models.ForeignKey(Account, CASCADE)
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=20)
    summary = models.CharField(max_length=300, default="")
    forward = models.JSONField(default=list)
    inverse = models.JSONField(default=list)
    undone_by = models.ForeignKey("self", SET_NULL, null=True, related_name="+")
    key = models.CharField(max_length=80)
    request = models.CharField(max_length=64, default="")  # SHA-256 of what was asked with the key
    answer = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="one_edit_a_key")]
        indexes = [models.Index(fields=["owner", "-id"])]


class Share(models.Model):
    """A person or a photo that another account may look at, and comment on if it may."""

    uuid = uuid_field()
    owner = models.ForeignKey(Account, CASCADE, related_name="shares_given")
    guest = models.ForeignKey(Account, CASCADE, related_name="shares_got")
    person = models.ForeignKey(Person, CASCADE, null=True)
    photo = models.ForeignKey(Photo, CASCADE, null=True)
    may_comment = models.BooleanField(default=False)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, photo__isnull=True)
                | Q(person__isnull=True, photo__isnull=False),
                name="a_share_is_of_one_thing",
            )
        ]


class Job(models.Model):
    """Work for the worker; it is taken by lease, so that it is done though a worker dies."""

    uuid = uuid_field()
    owner = models.ForeignKey(Account, CASCADE)
    kind = models.CharField(max_length=20)
    payload = models.JSONField(default=dict)
    priority = models.IntegerField(default=0)  # the smallest goes first
    state = models.CharField(max_length=10, default="waiting")  # waiting, running, done, failed
    lease_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    error = models.CharField(max_length=1000, default="")
    result = models.JSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "priority", "id"]),
            models.Index(fields=["owner", "kind", "state"]),
        ]


class Heartbeat(models.Model):
    """When a worker last said that it lives."""

    name = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField()


class Event(models.Model):
    """Something that an open page wants to hear of; a browser goes on after the last number it saw."""

    owner = models.ForeignKey(Account, CASCADE)
    kind = models.CharField(max_length=20)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "id"])]
