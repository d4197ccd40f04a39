"""facefold's own artifact types. They declare no properties, so that every orchestrator accepts them."""

from tfx.types.artifact import Artifact


class ClusterEvaluation(Artifact):
    """Embeddings, the chosen clusterer and every figure about it: see ``components.evaluate.evaluation``."""

    TYPE_NAME = "facefold.ClusterEvaluation"


class ClassifierEvaluation(Artifact):
    """How well a classifier answers, column by column: see ``components.classify.evaluation``."""

    TYPE_NAME = "facefold.ClassifierEvaluation"


class ClusterReport(Artifact):
    """``report.html`` and ``report.json`` of a run, with the folders ``figures`` and ``projector``."""

    TYPE_NAME = "facefold.ClusterReport"
