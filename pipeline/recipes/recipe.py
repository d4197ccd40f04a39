"""What a recipe is: its settings, which of them can be set, and what holds for them."""

import dataclasses
import types
import typing
from dataclasses import dataclass
from pathlib import Path

from components.ingest.settings import IngestSettings
from models.training_settings import IMAGE_SIZES, TrainingSettings
from pipeline.recipes.checks import CLUSTERERS, check

PATHS = ("images", "model_path", "weights_path", "landmarks_path", "pairs", "attributes")
DESCRIPTIONS = ("name", "paper", "what", "minutes", "paper_figure", "our_figure", "subject")


@dataclass(frozen=True)
class Recipe:
    """All that decides a run, and what it is for. ``--set key=value`` sets every field but the first seven.

    Images come from ``source``: ``sample``, ``folder`` (with ``images``), ``quickdraw`` (drawings, with
    ``images`` a file or a folder) or ``tfds:NAME``. ``crop`` is ``face`` or ``whole`` (``auto``: ``whole``
    with detector ``none``). ``n_clusters`` is ``auto`` or a number, ``clusterers`` some of ``CLUSTERERS`` or
    ``all``. ``criterion``, ``choose_among`` and ``standard_errors`` are those of
    ``components.evaluate.search.choice.choose``, ``reduction`` the space that is clustered in. ``pairs`` and
    ``attributes`` name files that judge the finished choice: pairs of photos, and a CSV whose columns make
    slices. ``yardsticks`` compares with embeddings that nobody trained here. The settings from
    ``max_reconstruction_mse`` on are the limits of blessing, ``components.bless.rules``; ``rules_off``
    turns some off by name. ``tolerance`` says how much worse than the latest blessed model is allowed: a
    share of its reconstruction error, an absolute difference of ARI and pairwise F. ``minutes`` is what the
    default sample takes on two cores, or the paper's own data where the sample is not meant;
    ``paper_figure`` is what the paper reports, ``our_figure`` what was measured with the recipe, and on
    what; ``subject`` is what its pictures are called: ``face``, ``drawing`` or ``picture``. ``protocol``
    ``p1`` repeats P1's figures on the embedding itself, ``p4`` P4's real against simulated pictures.
    ``serve_decoder`` pushes the decoder with the model, which then has ``reconstruct``.
    """

    name: str
    paper: str
    what: str
    minutes: float
    paper_figure: str = ""
    our_figure: str = ""
    subject: str = "face"

    source: str = IngestSettings.source
    images: str = IngestSettings.images
    detector: str = IngestSettings.detector
    model_path: str = IngestSettings.model_path
    min_face: int = IngestSettings.min_face
    min_score: float = IngestSettings.min_score
    max_megapixels: float = IngestSettings.max_megapixels
    chip_format: str = IngestSettings.chip_format
    split_by: str = IngestSettings.split_by
    eval_share: float = IngestSettings.eval_share
    max_photos: int = IngestSettings.max_photos
    landmarks: str = IngestSettings.landmarks
    landmarks_path: str = IngestSettings.landmarks_path

    model: str = TrainingSettings.model
    latent_dim: int = TrainingSettings.latent_dim
    base_filters: int = TrainingSettings.base_filters
    blocks: int = TrainingSettings.blocks
    noise: str = TrainingSettings.noise
    noise_level: float = TrainingSettings.noise_level
    beta: float = TrainingSettings.beta
    kl_warmup_epochs: float = TrainingSettings.kl_warmup_epochs
    adversarial_weight: float = TrainingSettings.adversarial_weight
    discriminator_penalty: float = TrainingSettings.discriminator_penalty
    paper_linear: bool = TrainingSettings.paper_linear
    dropout: float = TrainingSettings.dropout
    temperature: float = TrainingSettings.temperature
    same_person: float = TrainingSettings.same_person
    weights_path: str = TrainingSettings.weights_path
    block_dim: int = TrainingSettings.block_dim
    rounds: int = TrainingSettings.rounds
    teacher_dim: int = TrainingSettings.teacher_dim
    margin: float = TrainingSettings.margin
    fused: float = TrainingSettings.fused
    rnn_units: int = TrainingSettings.rnn_units
    sketch_decoder: str = TrainingSettings.sketch_decoder
    stretch: float = TrainingSettings.stretch
    point_noise: float = TrainingSettings.point_noise
    stroke_plan: float = TrainingSettings.stroke_plan
    crop: str = "auto"
    batch_size: int = TrainingSettings.batch_size
    epochs: int = TrainingSettings.epochs
    max_minutes: float = TrainingSettings.max_minutes
    learning_rate: float = TrainingSettings.learning_rate
    beta_1: float = TrainingSettings.beta_1
    schedule: str = TrainingSettings.schedule
    clipnorm: float = TrainingSettings.clipnorm
    ema: float = TrainingSettings.ema
    patience: int = TrainingSettings.patience
    dtype: str = TrainingSettings.dtype
    jit: str = TrainingSettings.jit
    seed: int = TrainingSettings.seed

    clusterers: tuple[str, ...] = ("kmeans", "gmm")
    covariance_types: tuple[str, ...] = ("full", "tied", "diag", "spherical")
    n_clusters: str = "auto"
    criterion: str = "cv_log_likelihood"
    choose_among: str = "shared_covariance"
    standard_errors: float = 0.0
    reduction: str = "pca"
    pca_variance: float = 0.999
    founders: float = 1.0
    max_dimension: int = 64
    whiten: bool = True
    pairs: str = ""
    attributes: str = ""
    yardsticks: bool = True
    protocol: str = "none"
    serve_decoder: bool = False

    max_reconstruction_mse: float = 0.05
    min_clusters: int = 2
    max_largest_cluster_share: float = 0.9
    min_interconnectedness: float = 0.0
    min_held_out_gain: float = 0.0
    min_stability: float = 0.0
    min_effective_rank: float = 2.0
    tolerance: float = 0.05
    rules_off: tuple[str, ...] = ()

    def as_dict(self):
        """All fields as plain values, ready for JSON."""
        derived = {
            "command": self.command,
            "crop": self.crop_used,
            "image_size": self.image_size,
            "random_state": self.seed,
        }
        return dataclasses.asdict(self) | derived

    @property
    def image_size(self):
        """Side in pixels of the pictures that the model reads."""
        return IMAGE_SIZES[self.model]

    @property
    def command(self):
        """What starts it."""
        return f"facefold run {self.name}" + (" --images DIR" if self.source == "folder" else "")

    @property
    def crop_used(self):
        """``crop`` with ``auto`` resolved."""
        if self.crop != "auto":
            return self.crop
        return "whole" if self.detector == "none" else "face"


def settable():
    """Name to type of every field that ``--set`` takes, in order."""
    hints = typing.get_type_hints(Recipe)
    return {f.name: hints[f.name] for f in dataclasses.fields(Recipe) if f.name not in DESCRIPTIONS}


def settable_defaults():
    """Name to default value of every field that ``--set`` takes."""
    return {f.name: f.default for f in dataclasses.fields(Recipe) if f.name not in DESCRIPTIONS}


def prepared(recipe, images, assignments, here=True):
    """``recipe`` with the photos in ``images`` (a path, or nothing) and ``key=value`` strings applied.

    Relative paths are those of the current folder. ``here=False``: photos and files lie on another machine,
    and their paths stay as they are. Raises ValueError, one line, for photos that are not there, and as
    ``with_settings``.
    """
    if images:
        drawings = recipe.source == "quickdraw"
        place = str(Path(images).expanduser().absolute()) if here else str(images)
        if here and not Path(place).is_dir() and not (drawings and Path(place).is_file()):
            expected = (
                "an .ndjson file of drawings, or a folder of such files" if drawings else "a folder of photos"
            )
            raise ValueError(f"--images {images} is no folder. Expected {expected}. Check the path.")
        recipe = dataclasses.replace(recipe, source=recipe.source if drawings else "folder", images=place)
    recipe = with_settings(recipe, [absolute(one) for one in assignments] if here else assignments, here)
    if recipe.images and recipe.source == "sample":
        recipe = dataclasses.replace(recipe, source="folder")
    return recipe


def absolute(assignment):
    """A ``key=path`` assignment with the path made absolute; any other as it is."""
    key, _, value = assignment.partition("=")
    return f"{key}={Path(value).expanduser().absolute()}" if key in PATHS and value else assignment


def with_settings(recipe, assignments, here=True):
    """``recipe`` with ``key=value`` strings applied; without ``here`` files may lie on another machine.

    Raises ValueError, one line, for an unknown key (naming the valid ones) or a value of the wrong type.
    """
    types_of = settable()
    changes = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals or key not in types_of:
            raise ValueError(
                f"Unknown setting {assignment!r}. Expected key=value with key one of: {', '.join(types_of)}."
            )
        changes[key] = parse(key, text, types_of[key])
    return check(dataclasses.replace(recipe, **changes), here)


def parse(key, text, kind):
    """``text`` as a value of ``kind`` (str, int, float, or a tuple of str separated by commas)."""
    if key == "clusterers" and text == "all":
        return CLUSTERERS
    if isinstance(kind, types.GenericAlias):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise ValueError(f"Setting {key}={text!r} has the wrong type. Expected true or false.")
        return text.lower() == "true"
    try:
        return kind(text)
    except ValueError:
        valid = f"{kind.__name__}, as in {key}={settable_defaults()[key]}"
        raise ValueError(f"Setting {key}={text!r} has the wrong type. Expected {valid}.") from None
