"""Where everything is kept under a run's root folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from schemas.paths import absolute

PAGES = ("occlude", "duplicates", "look-alikes")  # commands whose pages have faces in them


@dataclass(frozen=True)
class Layout:
    """Paths under ``root``, which may be relative or start with ``~``; they are all absolute.

    Raises ValueError, one line, for the home of a user who doesn't exist.

    metadata.sqlite        TFX's record of runs, artifacts and caches
    artifacts/             what the components write
    serving/facefold/N/    pushed models, for TF Serving; beside them its configuration
    runs/RUN/              log, settings, result and report of each run
    photos/                what was found in each photo, so that no photo is searched twice
    training/              checkpoints of unfinished training
    progress/              small files behind the progress bars
    occlude/ duplicates/ look-alikes/    what the commands of these names write, where nothing else is said
    """

    root: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", absolute(self.root, "--root"))

    @property
    def metadata(self) -> Path:
        """TFX's sqlite file."""
        return self.root / "metadata.sqlite"

    @property
    def artifacts(self) -> Path:
        """TFX's pipeline root."""
        return self.root / "artifacts"

    @property
    def serving(self) -> Path:
        """The model's base path for TF Serving, with a folder for each version."""
        return self.root / "serving" / "facefold"

    def serving_of(self, recipe: str) -> Path:
        """The base path of the classifier of a recipe, beside the models that group."""
        return self.serving.parent / recipe

    @property
    def runs(self) -> Path:
        """The folder with one folder for each run."""
        return self.root / "runs"

    @property
    def photos(self) -> Path:
        """The cache of the ingest step."""
        return self.root / "photos"

    @property
    def training(self) -> Path:
        """Checkpoints."""
        return self.root / "training"

    @property
    def progress(self) -> Path:
        """Progress files."""
        return self.root / "progress"

    @property
    def schemas(self) -> Path:
        """Schemas under paths that change with their content."""
        return self.root / "schemas"

    def page(self, command: str) -> Path:
        """The folder that a command of ``PAGES`` writes to."""
        return self.root / command

    @property
    def lock(self) -> Path:
        """The file that is locked while a run writes under this root."""
        return self.root / "lock"


SCRATCH = "/tmp/facefold"


@dataclass(frozen=True)
class RemoteLayout:
    """Where everything is kept when each step runs in a container of its own.

    Artifacts and pushed models are under ``root``, the address of a folder that all steps can reach
    (``gs://bucket/facefold``, or a path on a volume). What only one step needs is under ``scratch`` in its
    container. TFX has no metadata store of its own here: the runner keeps the record.
    """

    root: str
    scratch: str = SCRATCH

    metadata = None

    @property
    def artifacts(self) -> str:
        """The runner's pipeline root."""
        return f"{self.root.rstrip('/')}/artifacts"

    @property
    def serving(self) -> str:
        """The model's base path for TF Serving, with a folder for each version."""
        return f"{self.root.rstrip('/')}/serving/facefold"

    def serving_of(self, recipe: str) -> str:
        """The base path of the classifier of a recipe, beside the models that group."""
        return f"{self.root.rstrip('/')}/serving/{recipe}"

    @property
    def groups(self) -> str:
        """The groups of the pushed models, which are no part of them."""
        return f"{self.root.rstrip('/')}/groups"

    @property
    def photos(self) -> Path:
        """The cache of the ingest step."""
        return Path(self.scratch) / "photos"

    @property
    def training(self) -> Path:
        """Checkpoints."""
        return Path(self.scratch) / "training"

    @property
    def progress(self) -> Path:
        """Progress files."""
        return Path(self.scratch) / "progress"

    @property
    def schemas(self) -> Path:
        """Schemas under paths that change with their content."""
        return Path(self.scratch) / "schemas"


AnyLayout = Layout | RemoteLayout
