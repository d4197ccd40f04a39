"""The tail of a pipeline that learns from labels: regions, training, figures, verdict and push."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from tfx.components.trainer.component import Trainer
from tfx.components.transform.component import Transform
from tfx.proto import trainer_pb2

from components.classify.component import ClassifierBlesser, ClassifierEvaluator
from components.classify.report.component import ClassifierReport
from components.segment.component import SegmentLabeler
from components.segment.labelling import Seen
from models.classifiers.settings import ClassifierSettings
from pipeline.dag.layout import AnyLayout
from pipeline.dag.parts import Head, fingerprints, preprocessing, pushing_components, version_of
from schemas.example_kinds import example_kind

if TYPE_CHECKING:
    from pipeline.recipes.recipe import Recipe


def classifying_components(head: Head, recipe: Recipe, layout: AnyLayout) -> list[Any]:
    """All steps after the validator.

    A classifier that learns regions has the labeler before its pre-processing. It is measured against the
    latest version that its own recipe pushed, and pushed beside it.
    """
    every = json.dumps(recipe.as_dict(), sort_keys=True)
    network = cast(ClassifierSettings, recipe.network)
    labelers, examples = [], head.examples
    if network.maps_size is not None:
        labeler = SegmentLabeler(
            head.examples,
            seen_by(recipe, network),
            version_of("components/segment/component.py"),
        )
        labeler.add_upstream_node(head.validator)
        labelers, examples = [labeler], labeler.outputs["labelled"]
    transform = transform_of(head, examples, recipe, network)
    trainer = trainer_of(head, examples, transform, recipe, layout)
    evaluator = ClassifierEvaluator(
        examples=examples,
        ingest=head.examples,
        classifier=trainer.outputs["model"],
        settings=every,
        progress=str(layout.progress / "judging.json"),
        code_version=version_of("components/classify/component.py"),
    )
    serving = str(layout.serving_of(recipe.name))
    blesser = ClassifierBlesser(
        examples=examples,
        model=evaluator.outputs["model"],
        evaluation=evaluator.outputs["evaluation"],
        settings=every,
        pushed=serving,
        code_version=version_of("components/classify/component.py"),
    )
    pushing = pushing_components(evaluator.outputs["model"], blesser, serving)
    report = ClassifierReport(
        examples=head.examples,
        labelled=examples,
        model_run=trainer.outputs["model_run"],
        evaluation=evaluator.outputs["evaluation"],
        blessing=blesser.outputs["blessing"],
        settings=every,
        code_version=version_of("components/classify/report/component.py", "components/report/templates"),
    ).with_id("RunReport")
    return [*labelers, transform, trainer, evaluator, blesser, *pushing, report]


def seen_by(recipe: Recipe, network: ClassifierSettings) -> Seen:
    """How the recipe's classifier sees a face."""
    from components.ingest.frames.frames import FRAMES
    from components.ingest.settings import CHIP_FRAME
    from models.inputs.settings import CROPS

    frame = recipe.value("frame")
    maps = network.maps_size or (1, 1)
    if frame == CHIP_FRAME:
        left, top, side = CROPS[recipe.crop_used]
        return Seen((side, side), (left, top), maps)
    return Seen(FRAMES[frame].size, maps=maps)


def transform_of(head: Head, examples: Any, recipe: Recipe, network: ClassifierSettings) -> Transform:
    """The pre-processing that trains and serves."""
    height, width = network.picture_size
    config = {
        "frame": recipe.value("frame"),
        "crop": recipe.crop_used,
        "height": height,
        "width": width,
        "n_targets": len(recipe.columns),
        "parses": network.maps_size is not None,
    }
    return preprocessing(head, examples, example_kind(recipe.ingest.kind).preprocessing, config)


def trainer_of(head: Head, examples: Any, transform: Transform, recipe: Recipe, layout: AnyLayout) -> Trainer:
    """TFX's Trainer with the settings that decide the training."""
    return Trainer(
        run_fn="models.classifiers.run.run_fn",
        examples=examples,
        transform_graph=transform.outputs["transform_graph"],
        schema=head.schema,
        train_args=trainer_pb2.TrainArgs(num_steps=0),
        eval_args=trainer_pb2.EvalArgs(num_steps=0),
        custom_config=recipe.plan.as_dict()
        | {
            "columns": list(recipe.columns),
            "training_dir": str(layout.training),
            "progress": str(layout.progress / "training.json"),
            "files": fingerprints(layout, recipe.network),
            "code_version": version_of("models/classifiers/run.py"),
        },
    )
