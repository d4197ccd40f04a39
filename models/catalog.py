"""The one place to add a model."""

import inspect

from models.cae import CAE
from models.sketch_rnn import SketchRNN

MODELS = {"cae": CAE, "sketch_rnn": SketchRNN}


def build_model(name, **settings):
    """The model ``name`` of ``MODELS``; raises ValueError for a name that is not there."""
    return model_of(name)(**settings)


def model_of(name):
    """The class of the model ``name``, or the function that builds it; ValueError for an unknown one."""
    if name not in MODELS:
        known = ", ".join(sorted(MODELS))
        raise ValueError(
            f"Unknown model {name!r}. Expected one of: {known}. Add models in models/catalog.py."
        )
    return MODELS[name]


def accepted(name, settings):
    """Those of ``settings`` (a dict) that the model ``name`` is built from."""
    return {key: settings[key] for key in inspect.signature(model_of(name)).parameters if key in settings}
