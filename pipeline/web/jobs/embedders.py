"""The embedders that a worker has loaded: one for each model, kept until another is asked for."""

from __future__ import annotations

import threading

from pipeline.encoder import Embedder, encoder_of, load_embedder
from pipeline.web.jobs.model_names import models, places

_lock = threading.Lock()
_loaded: dict[str, Embedder] = {}


def embedder_of(model: str) -> Embedder:
    """The embedder of a library's model, ``face-people``, ``pushed`` or ``serving``; it is loaded once.

    One is held at a time: each takes hundreds of megabytes. Raises ValueError for a model that the server was
    not told of.
    """
    if model not in models():
        known = ", ".join(models())
        raise ValueError(f"The model {model!r} is not known here. Expected one of: {known}.")
    with _lock:
        if model not in _loaded:
            for other in _loaded.values():
                other.close()
            _loaded.clear()
            _loaded[model] = load_embedder(encoder_of(places()[model]))
        return _loaded[model]
