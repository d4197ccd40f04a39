"""The one place to add a model."""

from models.cae import CAE

MODELS = {"cae": CAE}


def build_model(name, **settings):
    """The model ``name`` of ``MODELS``; raises ValueError for a name that is not there."""
    if name not in MODELS:
        known = ", ".join(sorted(MODELS))
        raise ValueError(
            f"Unknown model {name!r}. Expected one of: {known}. Add models in models/catalog.py."
        )
    return MODELS[name](**settings)
