"""The rules of blessing by name: the figure that a rule looks at, and the setting with its limit."""

from components.bless.drift import DRIFT
from components.bless.intake import FEWER_FACES, UNREADABLE
from schemas.settings import About, Settings, setting

# Name of the rule, which is the metric that it looks at: the setting with its limit, and whether that is a
# minimum or a maximum. "baseline" compares the model with the latest blessed one.
LIMITS = {
    "eval_reconstruction_mse": ("max_reconstruction_mse", "max"),
    "n_clusters": ("min_clusters", "min"),
    "largest_cluster_share": ("max_largest_cluster_share", "max"),
    "interconnectedness": ("min_interconnectedness", "min"),
    "held_out_gain": ("min_held_out_gain", "min"),
    "stability": ("min_stability", "min"),
    "effective_rank": ("min_effective_rank", "min"),
}
BASELINE = "baseline"
REGROUPED = "regrouped"
SERVABLE = "servable"
# Rules that are judged by functions of their own: the setting with their limit, a maximum.
TOLD = {
    UNREADABLE: "max_unreadable",
    FEWER_FACES: "max_fewer_faces",
    REGROUPED: "max_regrouped",
}
RULES = (*LIMITS, DRIFT, *TOLD, SERVABLE, BASELINE)
HELD_OUT = ("eval_reconstruction_mse", "held_out_gain", DRIFT)  # what only held-out pictures can tell


class Limits(Settings):
    """What a model must reach to be pushed."""

    max_reconstruction_mse: float = setting(0.05, "mean squared error of held-out pictures", ge=0)
    min_clusters: int = setting(2, "clusters with a face", ge=1)
    max_largest_cluster_share: float = setting(0.9, "share of all faces in the largest cluster", gt=0, le=1)
    min_interconnectedness: float = setting(
        0.0, "neighbours of the largest cluster's faces that are inside it, beyond chance", ge=-1, le=1
    )
    min_held_out_gain: float = setting(
        0.0, "nats a held-out face gained over one Gaussian, upper end of the 95% interval", unit="nats"
    )
    min_stability: float = setting(
        0.0, "ARI between fits on two halves, lower end of the interval", ge=-1, le=1
    )
    min_effective_rank: float = setting(2.0, "effective rank of the embedding", ge=0)
    max_drift: float = setting(
        1.0,
        "share of the new pictures that the latest blessed model finds unlike what it learned from, beyond "
        "that of its own; 1: only told",
        ge=0,
        le=1,
    )
    max_unreadable: float = setting(
        0.2,
        "share of the photos that can't be read: a link without its file, empty, cut short, damaged, or not "
        "permitted; 1: any",
        ge=0,
        le=1,
    )
    max_fewer_faces: float = setting(
        0.4,
        "share by which there may be fewer faces than the latest blessed model was made from, if the "
        "settings of the photos are the same; 1: any",
        ge=0,
        le=1,
    )
    max_regrouped: float = setting(
        0.5,
        "share of the faces with a group in the latest blessed model that may have changed it, if all "
        "settings that decide groups are the same; 1: any",
        ge=0,
        le=1,
    )
    tolerance: float = setting(
        0.05,
        "how much worse than the latest blessed model is allowed: a share of its error, of ARI and F a "
        "difference",
        ge=0,
    )
    rules_off: tuple[str, ...] = setting(
        (), "rules that are not asked", About(choices=RULES, may_be_empty=True)
    )


WORDS = {rule: str(Limits.model_fields[name].description) for rule, (name, _) in LIMITS.items()}
