"""The embedders that a worker has loaded: one for each model, kept until another is asked for."""

from __future__ import annotations

import threading

from django.conf import settings

from pipeline.encoder import Embedder, encoder_of, load_embedder

_lock = threading.Lock()
_loaded: dict[str, Embedder] = {}


def embedder_of(model: str) -> Embedder:
    """The embedder of a library's model, ``face-people``, ``pushed`` or ``serving``; it is loaded once.

    One is held at a time: each takes hundreds of megabytes. Raises ValueError for a model that the server was
    not told of.
    """
    with _lock:
        if model not in _loaded:
            for other in _loaded.values():
                other.close()
            _loaded.clear()
            _loaded[model] = load_embedder(encoder_of(place_of(model)))
        return _loaded[model]


def place_of(model: str) -> str:
    """What ``encoder_of`` takes for a library's model."""
    places = {
        "face-people": "face-people",
        "pushed": settings.PLACE.root,
        "serving": settings.PLACE.server,
    }
    if not places.get(model):
        known = ", ".join(name for name, place in places.items() if place)
        raise ValueError(f"The model {model!r} is not known here. Expected one of: {known}.")
    return places[model]


def models() -> list[str]:
    """The models that this server offers."""
    offered = ["face-people"]
    offered += ["pushed"] if settings.PLACE.root else []
    return offered + (["serving"] if settings.PLACE.server else [])
