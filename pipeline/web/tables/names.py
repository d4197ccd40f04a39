"""The names that rows have outside."""

import uuid

from django.db import models


def uuid_field() -> models.UUIDField:
    """A name that says nothing of the row and can't be guessed."""
    return models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
