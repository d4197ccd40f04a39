"""What the finished choice is judged by, and what is asked for beyond it."""

from schemas.settings import About, Settings, setting

PROTOCOLS = ("none", "p1", "p4")


class JudgingSettings(Settings):
    """Labels and yardsticks that judge when all is fitted and chosen, and never before."""

    pairs: str = setting(
        "", "pairs of photos of one person or of two, LFW's format or CSV", About(path="file", exists=True)
    )
    attributes: str = setting(
        "", "CSV of photos' attributes: figures for each group too", About(path="file", exists=True)
    )
    yardsticks: bool = setting(True, "compare with embeddings that were not trained here")
    protocol: str = setting(
        "none",
        "repeat a paper's own figures: P1's on pictures, or P4's on two sets of them",
        choices=PROTOCOLS,
    )
