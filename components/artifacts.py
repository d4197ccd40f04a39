"""facefold's own artifact types; no declared properties, so that every orchestrator takes them."""

from tfx.types.artifact import Artifact


class ClusterEvaluation(Artifact):
    """Embeddings, the chosen clusterer and every figure about it: see ``components.evaluate.evaluation``."""

    TYPE_NAME = "facefold.ClusterEvaluation"


class ClusterReport(Artifact):
    """``report.html`` and ``report.json`` of a run, with the folders ``figures`` and ``projector``."""

    TYPE_NAME = "facefold.ClusterReport"
