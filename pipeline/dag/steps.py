"""The steps of a pipeline and what each waits for. Schedulers read this every minute: it imports no TFX."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.recipes.recipe import Recipe

Steps = dict[str, tuple[str, tuple[str, ...]]]  # in order: name, what it does, the steps before it

HEAD: Steps = {
    "FaceExampleGen": ("find and align the faces of all photos", ()),
    "StatisticsGen": ("statistics of the faces", ("FaceExampleGen",)),
    "ImportSchemaGen": ("the schema", ()),
    "ExampleValidator": ("check the faces against the schema", ("StatisticsGen", "ImportSchemaGen")),
}
GROUPING: Steps = {
    "Transform": ("the pre-processing graph", ("FaceExampleGen", "ImportSchemaGen", "ExampleValidator")),
    "Trainer": ("train or fit the encoder", ("FaceExampleGen", "Transform", "ImportSchemaGen")),
    "ClusterEvaluator": ("fit and choose the clusterer", ("FaceExampleGen", "Trainer")),
    "ModelAssembler": (
        "encoder and clusterer as one model",
        ("FaceExampleGen", "Trainer", "ClusterEvaluator"),
    ),
    "earlier_blessed_model": ("the model to be measured against", ("ModelAssembler",)),
    "ModelBlesser": (
        "bless or refuse",
        ("FaceExampleGen", "ModelAssembler", "ClusterEvaluator", "earlier_blessed_model"),
    ),
    "InfraValidator": ("serve the model in a fresh process", ("ModelAssembler", "ModelBlesser")),
    "Pusher": ("push the model", ("ModelBlesser", "InfraValidator")),
    "RunReport": (
        "the report, which no step waits for",
        ("FaceExampleGen", "Trainer", "ClusterEvaluator", "ModelAssembler", "ModelBlesser"),
    ),
}
LABELER: Steps = {
    "SegmentLabeler": ("the regions of each face", ("FaceExampleGen", "ExampleValidator")),
}


def steps_of(recipe: Recipe) -> Steps:
    """The steps of a recipe's pipeline, those that it groups or classifies by after those that all have."""
    if not recipe.classifies:
        return HEAD | GROUPING
    parses = getattr(recipe.network, "maps_size", None) is not None
    faces = "SegmentLabeler" if parses else "FaceExampleGen"
    return HEAD | (LABELER if parses else {}) | classifying(faces)


def classifying(faces: str) -> Steps:
    """The steps of a classifier, which reads the faces that the step ``faces`` gives."""
    return {
        "Transform": ("the pre-processing graph", (faces, "ImportSchemaGen", "ExampleValidator")),
        "Trainer": ("train or fit the classifier", (faces, "Transform", "ImportSchemaGen")),
        "ClassifierEvaluator": (
            "judge it on people whom it never saw",
            tuple(dict.fromkeys((faces, "FaceExampleGen", "Trainer"))),
        ),
        "ClassifierBlesser": ("bless or refuse", (faces, "ClassifierEvaluator")),
        "InfraValidator": (
            "serve the model in a fresh process",
            ("ClassifierEvaluator", "ClassifierBlesser"),
        ),
        "Pusher": ("push the model", ("ClassifierBlesser", "InfraValidator")),
        "RunReport": (
            "the report, which no step waits for",
            tuple(
                dict.fromkeys(
                    (faces, "FaceExampleGen", "Trainer", "ClassifierEvaluator", "ClassifierBlesser")
                )
            ),
        ),
    }
