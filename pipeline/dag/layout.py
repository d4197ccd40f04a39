"""Where everything lies under a run's root folder."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """Paths under ``root``, all absolute.

    metadata.sqlite        TFX's record of runs, artifacts and caches
    artifacts/             what the components write
    serving/facefold/N/    pushed models, for TF Serving; beside them its configuration
    runs/RUN/              log, settings, result and report of each run
    photos/                what became of each photo, so that no photo is looked at twice
    training/              checkpoints of unfinished training
    progress/              small files behind the progress bars
    """

    root: Path

    def __post_init__(self):
        object.__setattr__(self, "root", Path(self.root).expanduser().absolute())

    @property
    def metadata(self):
        """TFX's sqlite file."""
        return self.root / "metadata.sqlite"

    @property
    def artifacts(self):
        """TFX's pipeline root."""
        return self.root / "artifacts"

    @property
    def serving(self):
        """The model's base path for TF Serving; versions are folders below it."""
        return self.root / "serving" / "facefold"

    @property
    def runs(self):
        """One folder a run."""
        return self.root / "runs"

    @property
    def photos(self):
        """The cache of the ingest step."""
        return self.root / "photos"

    @property
    def training(self):
        """Checkpoints."""
        return self.root / "training"

    @property
    def progress(self):
        """Progress files."""
        return self.root / "progress"

    @property
    def schemas(self):
        """Schemas under paths that change with their content."""
        return self.root / "schemas"

    @property
    def lock(self):
        """Held while a run writes under this root."""
        return self.root / "lock"


SCRATCH = "/tmp/facefold"


@dataclass(frozen=True)
class RemoteLayout:
    """Where everything lies when each step runs in a container of its own.

    Artifacts and pushed models lie under ``root``, the address of a folder that all steps see
    (``gs://bucket/facefold``, or a path on a volume); what serves one step only lies under ``scratch`` in
    its container. There is no metadata store of TFX's own: the runner keeps the record.
    """

    root: str
    scratch: str = SCRATCH

    metadata = None

    @property
    def artifacts(self):
        """The runner's pipeline root."""
        return f"{self.root.rstrip('/')}/artifacts"

    @property
    def serving(self):
        """The model's base path for TF Serving; versions are folders below it."""
        return f"{self.root.rstrip('/')}/serving/facefold"

    @property
    def photos(self):
        """The cache of the ingest step."""
        return Path(self.scratch) / "photos"

    @property
    def training(self):
        """Checkpoints."""
        return Path(self.scratch) / "training"

    @property
    def progress(self):
        """Progress files."""
        return Path(self.scratch) / "progress"

    @property
    def schemas(self):
        """Schemas under paths that change with their content."""
        return Path(self.scratch) / "schemas"
