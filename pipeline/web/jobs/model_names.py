"""The models that embed faces, by the names that a library knows them by."""

from __future__ import annotations

from django.conf import settings


def places() -> dict[str, str]:
    """Where each model is, as ``pipeline.encoder.encoder_of`` takes it; "" where nobody told of one."""
    place = settings.PLACE
    return {"face-people": "face-people", "pushed": place.root, "serving": place.server}


def models() -> list[str]:
    """The models that this server offers."""
    return [name for name, place in places().items() if place]
