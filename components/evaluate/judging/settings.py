"""Settings of how the finished choice is judged, and what is computed beside it."""

from schemas.settings import About, Settings, setting

PROTOCOLS = ("none", "p1", "p4")


class JudgingSettings(Settings):
    """Labels and reference embeddings, which only judge after everything is fitted and chosen."""

    pairs: str = setting(
        "", "pairs of photos of one person or of two, LFW's format or CSV", About(path="file", exists=True)
    )
    attributes: str = setting(
        "", "CSV of photos' attributes: figures for each group too", About(path="file", exists=True)
    )
    occlude: bool = setting(
        False, "hide parts of faces and ask again: what the model looks at; needs landmarks=dlib68 or file"
    )
    reference_embeddings: bool = setting(True, "compare with embeddings that were not trained here")
    protocol: str = setting(
        "none",
        "repeat a paper's own figures: P1's on pictures, or P4's on two sets of them",
        choices=PROTOCOLS,
    )
