"""The tail of a pipeline that groups: training, clusterers, verdict, push and report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tfx.components.trainer.component import Trainer
from tfx.components.transform.component import Transform
from tfx.dsl.components.common.resolver import Resolver
from tfx.proto import trainer_pb2
from tfx.types.channel import Channel
from tfx.types.standard_artifacts import Model, ModelBlessing

from components.assemble.component import ModelAssembler
from components.bless.baseline import EarlierBlessedModelStrategy
from components.bless.component import ModelBlesser
from components.evaluate.component import ClusterEvaluator
from components.ingest.settings import KIND
from components.report.component import RunReport
from models.clustering.clusterers import CLUSTERERS
from pipeline.dag.layout import AnyLayout, RemoteLayout
from pipeline.dag.parts import Head, fingerprints, preprocessing, pushing_components, version_of
from schemas.example_kinds import example_kind
from schemas.settings import Settings

if TYPE_CHECKING:
    from pipeline.recipes.recipe import Recipe


def grouping_components(head: Head, recipe: Recipe, layout: AnyLayout, unrecorded: str) -> list[Any]:
    """All steps after the validator."""
    told = example_kind(recipe.ingest.kind)
    config = {
        "crop": recipe.crop_used,
        "image_size": recipe.image_size,
        "channels": recipe.channels,
    }
    transform = preprocessing(head, head.examples, told.preprocessing, config)
    trainer = trainer_of(head, transform, recipe, layout)
    return [transform, trainer, *judging_components(head.examples, trainer, recipe, layout, unrecorded)]


def trainer_of(head: Head, transform: Transform, recipe: Recipe, layout: AnyLayout) -> Trainer:
    """TFX's Trainer with the settings that decide the training."""
    return Trainer(
        run_fn="models.training.train.run_fn",
        examples=head.examples,
        transform_graph=transform.outputs["transform_graph"],
        schema=head.schema,
        train_args=trainer_pb2.TrainArgs(num_steps=0),
        eval_args=trainer_pb2.EvalArgs(num_steps=0),
        custom_config=recipe.plan.as_dict()
        | {
            "training_dir": str(layout.training),
            "progress": str(layout.progress / "training.json"),
            "held_out": recipe.ingest.eval_share > 0,
            "files": fingerprints(layout, recipe.network),
            "code_version": version_of("models/training/train.py"),
        },
    )


def judging_components(
    examples: Any, trainer: Trainer, recipe: Recipe, layout: AnyLayout, unrecorded: str
) -> list[Any]:
    """Evaluator, assembler, baseline, blesser, infra-validation, pusher and report."""
    every = json.dumps(recipe.as_dict(), sort_keys=True)
    evaluator = ClusterEvaluator(
        examples=examples,
        model=trainer.outputs["model"],
        settings=json.dumps(
            selection_of(recipe) | {"files": fingerprints(layout, recipe.selection, recipe.judging)},
            sort_keys=True,
        ),
        progress=str(layout.progress / "evaluation.json"),
        code_version=version_of("components/evaluate/component.py"),
    )
    assembler = ModelAssembler(
        examples=examples,
        encoder=trainer.outputs["model"],
        model_run=trainer.outputs["model_run"],
        evaluation=evaluator.outputs["evaluation"],
        settings=every,
        code_version=version_of("components/assemble/component.py"),
    )
    earlier = [] if layout.metadata is None else [earlier_blessed_model(assembler)]
    blesser = ModelBlesser(
        examples=examples,
        model=assembler.outputs["model"],
        evaluation=evaluator.outputs["evaluation"],
        baseline=earlier[0].outputs["model"] if earlier else None,
        passed_over=earlier[0].outputs["passed_over"] if earlier else None,
        pushed=unrecorded if earlier else str(layout.serving),
        kept=layout.groups if isinstance(layout, RemoteLayout) else "",
        settings=every,
        code_version=version_of("components/bless/component.py"),
    )
    report = RunReport(
        examples=examples,
        model=assembler.outputs["model"],
        model_run=trainer.outputs["model_run"],
        evaluation=evaluator.outputs["evaluation"],
        blessing=blesser.outputs["blessing"],
        settings=every,
        code_version=version_of("components/report/component.py", "components/report/templates"),
    )
    pushing = pushing_components(assembler.outputs["model"], blesser, str(layout.serving))
    return [evaluator, assembler, *earlier, blesser, *pushing, report]


def earlier_blessed_model(assembler: Any) -> Resolver:
    """The node that finds the latest blessed model of earlier runs."""
    node: Resolver = Resolver(
        strategy_class=EarlierBlessedModelStrategy,
        model=Channel(type=Model),
        model_blessing=Channel(type=ModelBlessing),
        passed_over=Channel(type=Model),
        current_model=assembler.outputs["model"],
    ).with_id("earlier_blessed_model")
    return node


def selection_of(recipe: Recipe) -> dict[str, Any]:
    """The settings of the evaluator as plain values: what it searches, and how the choice is judged."""
    asked = {
        KIND: recipe.ingest.kind,
        "crop": recipe.crop_used,
        "random_state": recipe.plan.training.seed,
    }
    decided = of_network(recipe.network)
    return recipe.selection.model_dump() | recipe.judging.model_dump() | asked | decided


def of_network(network: Settings | None) -> dict[str, int]:
    """What a network decides of the settings of clusterers, by name."""
    asked = {name for entry in CLUSTERERS.values() for name in entry.of_network}
    return {name: getattr(network, name) for name in sorted(asked) if hasattr(network, name)}
