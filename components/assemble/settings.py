"""What a pushed model holds."""

from schemas.settings import Settings, setting


class ServingSettings(Settings):
    """Of a model that has a decoder."""

    serve_decoder: bool = setting(False, "push the decoder too, for the signature `reconstruct`")
