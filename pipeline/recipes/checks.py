"""Which values the settings of a recipe may have."""

from pathlib import Path

from components.bless.rules import RULES
from components.ingest.settings import LANDMARK_NAMES, IngestSettings
from models.training_settings import (
    DTYPE_POLICIES,
    IMAGE_SIZES,
    JIT_CHOICES,
    NOISES,
    SCHEDULES,
    SKETCH_DECODERS,
)

INGEST_KEYS = (
    "source images detector model_path min_face min_score max_megapixels chip_format split_by eval_share "
    "max_photos landmarks landmarks_path"
).split()
ONE_OF = {
    "model": tuple(IMAGE_SIZES),
    "noise": NOISES,
    "sketch_decoder": SKETCH_DECODERS,
    "schedule": SCHEDULES,
    "landmarks": LANDMARK_NAMES,
    "crop": ("auto", "face", "whole", "recogniser"),
    "protocol": ("none", "p1", "p4"),
    "reduction": ("pca", "none", "umap", "tsne"),
    "dtype": DTYPE_POLICIES,
    "jit": JIT_CHOICES,
    "criterion": (
        "cv_log_likelihood",
        "bic",
        "icl",
        "aic",
        "silhouette",
        "davies_bouldin",
        "calinski_harabasz",
        "prediction_strength",
        "stability",
        "elbow",
        "consensus",
    ),
    "choose_among": ("shared_covariance", "all"),
}
CLUSTERERS = (
    "kmeans",
    "minibatch_kmeans",
    "gmm",
    "bayesian_gmm",
    "spectral",
    "affinity_propagation",
    "agglomerative",
    "average_linkage",
    "dbscan",
    "hdbscan",
    "chinese_whispers",
    "infomap",
)
SOME_OF = {
    "clusterers": CLUSTERERS,
    "covariance_types": ("full", "tied", "diag", "spherical"),
    "rules_off": RULES,
}
MAY_BE_EMPTY = ("rules_off",)
RANGES = (  # keys, what holds for their values, in words
    (
        (
            "latent_dim",
            "blocks",
            "block_dim",
            "teacher_dim",
            "rnn_units",
            "batch_size",
            "epochs",
            "patience",
            "min_clusters",
            "max_dimension",
        ),
        lambda value: value >= 1,
        "at least 1",
    ),
    (
        ("beta_1", "ema", "noise_level", "dropout", "same_person", "stretch", "margin", "fused"),
        lambda value: 0 <= value < 1,
        "from 0 to below 1",
    ),
    (
        (
            "base_filters",
            "rounds",
            "max_minutes",
            "clipnorm",
            "point_noise",
            "stroke_plan",
            "beta",
            "kl_warmup_epochs",
            "adversarial_weight",
            "discriminator_penalty",
            "standard_errors",
        ),
        lambda value: value >= 0,
        "at least 0",
    ),
    (("learning_rate", "temperature"), lambda value: value > 0, "a number above 0"),
    (("pca_variance", "founders"), lambda value: 0 < value <= 1, "a share above 0, at most 1"),
)


def check(recipe, here=True):
    """``recipe`` itself; raises ValueError, one line, where a value is none of those that exist.

    Without ``here`` the files that it names need not exist on this machine.
    """
    for key, values in ONE_OF.items():
        if getattr(recipe, key) not in values:
            raise wrong(recipe, key, f"one of: {', '.join(values)}")
    for key, values in SOME_OF.items():
        chosen = getattr(recipe, key)
        if (not chosen and key not in MAY_BE_EMPTY) or set(chosen) - set(values):
            raise wrong(recipe, key, f"some of: {', '.join(values)}")
    for keys, fits, expected in RANGES:
        for key in keys:
            if not fits(getattr(recipe, key)):
                raise wrong(recipe, key, expected)
    if recipe.n_clusters != "auto" and not (recipe.n_clusters.isdigit() and int(recipe.n_clusters) > 0):
        raise wrong(recipe, "n_clusters", "auto or a number from 1")
    check_paths(recipe, here)
    if IMAGE_SIZES[recipe.model] == 0 and recipe.source != "quickdraw":
        raise wrong(recipe, "source", f"quickdraw, for model={recipe.model} reads strokes")
    IngestSettings(**{key: getattr(recipe, key) for key in INGEST_KEYS})
    return recipe


def check_paths(recipe, here):
    """Raises ValueError where a file that is named has no absolute path, or, if ``here``, does not exist."""
    for key in ("weights_path", "pairs", "attributes", "landmarks_path"):
        value = getattr(recipe, key)
        if value and not Path(value).is_absolute():
            raise wrong(recipe, key, "an absolute path")
        if here and value and key in ("pairs", "attributes") and not Path(value).is_file():
            raise wrong(recipe, key, "a file that exists")
    if here and recipe.landmarks_path and not Path(recipe.landmarks_path).exists():
        raise wrong(recipe, "landmarks_path", "a file or folder that exists")


def wrong(recipe, key, expected):
    """The error for a value that is not allowed."""
    return ValueError(f"Setting {key}={getattr(recipe, key)!r} is not possible. Expected {expected}.")
