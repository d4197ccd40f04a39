"""What a recipe is: what it is for, and the settings of every part that it runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from components.assemble.settings import ServingSettings
from components.bless.rules import Limits
from components.classify.settings import ClassifierLimits
from components.evaluate.judging.settings import JudgingSettings
from components.evaluate.search.settings import SelectionSettings
from components.ingest.settings import CHIP_FRAME, KIND, IngestSettings, LabelledSettings, SourceSettings
from models.catalog import Model, model_entry
from models.classifiers.catalog import classifier_entry
from models.classifiers.settings import ClassifierSettings
from models.entry import Trained
from models.inputs.settings import InputSettings
from models.training_settings import FitSettings, TrainingPlan, TrainingSettings, plan_of
from pipeline.recipes.papers import PAPERS
from schemas.example_kinds import example_kind
from schemas.image_features import RGB
from schemas.settings import Settings, settable

CLASSIFY = "classify"
ABOUT = ("name", "paper", "what", "minutes", "paper_figure", "our_figure", "subject", "command")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run, and what the run is for.

    ``paper`` is a key of ``papers.PAPERS``, and ``follows`` says what of that paper the recipe repeats.
    ``minutes`` is the time on two cores for the default sample, or for the paper's own data if the recipe is
    not meant for the sample. ``paper_figure`` is what the paper reports, ``our_figure`` what was measured
    with the recipe and on which data. ``subject`` is what its pictures are called: ``face``, ``drawing`` or
    ``picture``. ``task`` is ``group``, or ``classify``, of which ``model`` is a classifier that learns from
    labels: its ``ingest`` are LabelledSettings and its ``limits`` ClassifierLimits.

    The other fields are the settings of each part. Where ``network`` or ``training`` is left out, it has the
    model's defaults.
    """

    name: str
    paper: str
    follows: str
    what: str
    minutes: float
    paper_figure: str = ""
    our_figure: str = ""
    subject: str = "face"
    task: str = "group"

    model: str = "cae"
    ingest: SourceSettings = field(default_factory=IngestSettings)
    inputs: InputSettings = field(default_factory=InputSettings)
    network: Settings | None = None
    training: FitSettings | None = None
    selection: SelectionSettings = field(default_factory=SelectionSettings)
    judging: JudgingSettings = field(default_factory=JudgingSettings)
    serving: ServingSettings = field(default_factory=ServingSettings)
    limits: Limits | ClassifierLimits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if self.network is None:
            object.__setattr__(self, "network", self.entry.settings())
        if self.training is None:
            object.__setattr__(self, "training", TrainingSettings() if self.entry.learns else FitSettings())

    @property
    def classifies(self) -> bool:
        """Whether the recipe learns from labels."""
        return self.task == CLASSIFY

    @property
    def pipeline_name(self) -> str:
        """What TFX calls the pipeline: one for all that group, another for each classifier.

        TFX's resolvers look among the models of one pipeline, and a classifier is no baseline of a grouping.
        """
        return f"facefold-{self.name}" if self.classifies else "facefold"

    @property
    def line(self) -> Callable[[str], Trained]:
        """What finds a model's line by its name, in the table of the recipe's task."""
        return classifier_entry if self.classifies else model_entry

    @property
    def entry(self) -> Trained:
        """The model's line in its table."""
        return self.line(self.model)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a classifier learns; none of a recipe that groups."""
        return self.ingest.columns if isinstance(self.ingest, LabelledSettings) else ()

    @property
    def plan(self) -> TrainingPlan:
        """The settings that the trainer is given."""
        told = {"model": self.model, **dict(self.network or ()), **dict(self.training or ())}
        return plan_of(told | ({"columns": self.columns} if self.classifies else {}), self.line)

    def parts(self) -> dict[str, Settings]:
        """The settings of each part that this recipe runs, by the part's name, in the pipeline's order."""
        photos = isinstance(self.ingest, IngestSettings) and self.ingest.frame_used == CHIP_FRAME
        left_out = {
            "inputs": not photos,
            "serving": self.classifies or not getattr(self.entry, "decodes", False),
            "selection": self.classifies,
            "judging": self.classifies,
        }
        names = ("ingest", "inputs", "network", "training", "selection", "judging", "serving", "limits")
        return {name: getattr(self, name) for name in names if not left_out.get(name)}

    def settable(self) -> dict[str, str]:
        """Every setting that this recipe takes except ``model``, with the part that it belongs to."""
        return {key: part for part, settings in self.parts().items() for key in settable(type(settings))}

    def value(self, key: str) -> Any:
        """The value of a setting; KeyError for one that this recipe doesn't take."""
        return self.model if key == "model" else getattr(getattr(self, self.settable()[key]), key)

    def settings(self) -> dict[str, Any]:
        """Every setting that this recipe takes, with its value."""
        return {"model": self.model, **{key: self.value(key) for key in self.settable()}}

    def as_dict(self) -> dict[str, Any]:
        """What the recipe is for, its settings, and what follows from them, ready for JSON."""
        about = {key: getattr(self, key) for key in ABOUT if key != "paper"}
        paper = PAPERS[self.paper]
        derived = {
            "crop": self.crop_used,
            "image_size": self.image_size,
            "channels": self.channels,
            KIND: self.ingest.kind,
            "random_state": (self.training or FitSettings()).seed,
        }
        if isinstance(self.network, ClassifierSettings):
            height, width = self.network.picture_size
            derived |= {"task": self.task, "columns": list(self.columns), "height": height, "width": width}
            derived["frozen"] = self.network.frozen
        return {**about, "paper": f"{paper.short}: {self.follows}", **self.settings(), **derived}

    def changed(self, values: Mapping[str, Any]) -> Recipe:
        """A copy with other values of settings. The values of one part are checked together.

        Another ``model`` brings its own settings. A setting that was changed for the old model stays changed
        if the new one has it too. Raises ValueError, one line, for an impossible value; KeyError for a
        setting that this recipe doesn't take.
        """
        recipe = self.with_model(values["model"]) if "model" in values else self
        parts = recipe.settable()
        changes: dict[str, dict[str, Any]] = {}
        for key, value in values.items():
            if key != "model":
                changes.setdefault(parts[key], {})[key] = value
        changed = {part: getattr(recipe, part).changed(**told) for part, told in changes.items()}
        return dataclasses.replace(recipe, **changed)

    def with_model(self, name: str) -> Recipe:
        """The same recipe with another model; ValueError if it is unknown, or reads other pictures."""
        entry = self.line(name)
        if isinstance(entry, Model) and self.ingest.kind not in entry.takes:
            reads = " or ".join(f"{example_kind(kind).subject}s" for kind in entry.takes)
            raise ValueError(
                f"Setting model={name} is not possible. Expected a model of "
                f"{example_kind(self.ingest.kind).subject}s, which {self.name} reads; {name} reads {reads}. "
                "Choose another recipe."
            )
        own = {
            key: value
            for part in (self.network, self.training)
            if part is not None
            for key, value in part.model_dump(exclude_defaults=True).items()
        }
        plan = plan_of({"model": name, **own}, self.line)
        return dataclasses.replace(self, model=name, network=plan.network, training=plan.training)

    @property
    def image_size(self) -> int:
        """Side in pixels of the pictures that the model reads; 0 if it reads strokes, or no squares."""
        return int(getattr(self.network, "side", getattr(self.entry, "image_size", 0)))

    @property
    def channels(self) -> int:
        """Channels of the pictures that the model reads, 1 or 3."""
        return int(getattr(self.network, "channels", RGB))

    @property
    def command(self) -> str:
        """The command that runs the recipe."""
        photos = " --images DIR" if self.ingest.entry.place else ""
        return f"facefold run {self.name}{photos}" + (" --set targets=FILE.csv" if self.classifies else "")

    @property
    def crop_used(self) -> str:
        """``crop`` with ``auto`` resolved."""
        if self.inputs.crop != "auto":
            return self.inputs.crop
        faces = isinstance(self.ingest, IngestSettings) and self.ingest.detector != "none"
        return "face" if faces else "whole"
