"""Settings of what a pushed model contains."""

from schemas.settings import Settings, setting


class ServingSettings(Settings):
    """Settings for a model that has a decoder."""

    serve_decoder: bool = setting(False, "push the decoder too, for the signature `reconstruct`")
