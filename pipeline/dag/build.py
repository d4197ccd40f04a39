"""The only place that wires the pipeline's steps together. It does not know which runner runs them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tensorflow_data_validation as tfdv
from tfx.components.pusher.component import Pusher
from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen
from tfx.components.statistics_gen.component import StatisticsGen
from tfx.components.trainer.component import Trainer
from tfx.components.transform.component import Transform
from tfx.dsl.components.common.resolver import Resolver
from tfx.orchestration.metadata import sqlite_metadata_connection_config
from tfx.orchestration.pipeline import Pipeline
from tfx.proto import pusher_pb2, trainer_pb2
from tfx.types.channel import Channel
from tfx.types.standard_artifacts import Model, ModelBlessing

from components.assemble.component import ModelAssembler
from components.bless.baseline import EarlierBlessedModelStrategy
from components.bless.component import ModelBlesser
from components.evaluate.component import ClusterEvaluator
from components.infra.component import ReplayInfraValidator
from components.ingest.component import FaceExampleGen
from components.ingest.listing import setting_fingerprints
from components.ingest.settings import KIND
from components.report.component import RunReport
from components.validate.component import FaceExampleValidator
from models.clustering.clusterers import CLUSTERERS
from pipeline.beam.presets import BEAM_ARGUMENTS
from pipeline.dag.code_version import ROOT, code_version, reached
from pipeline.dag.layout import AnyLayout, RemoteLayout
from schemas.example_kinds import example_kind
from schemas.files import atomic_write
from schemas.settings import Settings

if TYPE_CHECKING:
    from pipeline.recipes.recipe import Recipe


def build_pipeline(
    recipe: Recipe,
    layout: AnyLayout,
    beam_arguments: Sequence[str] = BEAM_ARGUMENTS,
    shared_files: bool = True,
    name: str = "facefold",
    unrecorded: str = "",
) -> Pipeline:
    """The TFX pipeline of ``recipe`` under ``layout``: photos in, a blessed and pushed model out.

    Without ``shared_files`` Beam's workers cannot reach the files under the root, so that photos are not
    cached and no progress is shown. Recipes with the same ``name`` and metadata store share what TFX has
    cached of the same photos. A layout without a metadata store measures a new model against the latest
    pushed one, any other against the latest blessed one. Where there is none, that is against ``unrecorded``,
    the folder of a pushed version that the store doesn't tell of.
    """
    progress = layout.progress
    places = {"cache_dir": str(layout.photos), "progress": str(progress / "ingest.json")}
    ingest = FaceExampleGen(
        {KIND: recipe.ingest.kind} | recipe.ingest.model_dump() | (places if shared_files else {}),
        version_of("components/ingest/component.py"),
    )
    examples = ingest.outputs["examples"]
    kind = recipe.ingest.kind
    told = example_kind(kind)
    statistics = StatisticsGen(
        examples=examples, stats_options=tfdv.StatsOptions(feature_allowlist=list(told.statistics))
    )
    schema = ImportSchemaGen(schema_file=str(versioned_schema(layout, kind)))
    validator = FaceExampleValidator(
        statistics=statistics.outputs["statistics"],
        schema=schema.outputs["schema"],
        searched=recipe.selection.model_dump_json(),
        code_version=version_of("components/validate/component.py"),
    ).with_id("ExampleValidator")
    transform = Transform(
        examples=examples,
        schema=schema.outputs["schema"],
        preprocessing_fn=f"models.inputs.{told.preprocessing}.preprocessing_fn",
        custom_config={
            "crop": recipe.crop_used,
            "image_size": recipe.image_size,
            "channels": recipe.channels,
            "code_version": version_of(f"models/inputs/{told.preprocessing}.py"),
        },
        materialize=False,
        disable_statistics=True,
        disable_analyzer_cache=True,
    )
    transform.add_upstream_node(validator)
    trainer = trainer_of(examples, transform, schema, recipe, layout)
    judging = judging_components(examples, trainer, recipe, layout, unrecorded)
    nodes = [ingest, statistics, schema, validator, transform, trainer, *judging]
    return Pipeline(
        pipeline_name=name,
        pipeline_root=str(layout.artifacts),
        components=nodes,
        enable_cache=True,
        metadata_connection_config=layout.metadata
        and sqlite_metadata_connection_config(str(layout.metadata)),
        beam_pipeline_args=list(beam_arguments),
    )


def trainer_of(
    examples: Any, transform: Transform, schema: ImportSchemaGen, recipe: Recipe, layout: AnyLayout
) -> Trainer:
    """TFX's Trainer with the settings that decide the training."""
    return Trainer(
        run_fn="models.training.train.run_fn",
        examples=examples,
        transform_graph=transform.outputs["transform_graph"],
        schema=schema.outputs["schema"],
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
    return [evaluator, assembler, *earlier, blesser, *pushing_components(assembler, blesser, layout), report]


def pushing_components(assembler: Any, blesser: Any, layout: AnyLayout) -> list[Any]:
    """Infra-validation and pusher."""
    infra = ReplayInfraValidator(
        model=assembler.outputs["model"], code_version=version_of("components/infra/component.py")
    ).with_id("InfraValidator")
    infra.add_upstream_node(blesser)
    pusher = Pusher(
        model_blessing=blesser.outputs["blessing"],
        infra_blessing=infra.outputs["blessing"],
        push_destination=pusher_pb2.PushDestination(
            filesystem=pusher_pb2.PushDestination.Filesystem(base_directory=str(layout.serving))
        ),
    )
    return [infra, pusher]


def version_of(module: str, *beside: str) -> str:
    """The version of all code that a step's ``module`` imports, and of the folders ``beside`` it."""
    return code_version(*reached(module), *beside)


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


def fingerprints(layout: AnyLayout, *parts: Settings | None) -> dict[str, str]:
    """What TFX's cache compares of the files that settings name, or {} where they are on other machines."""
    return {} if layout.metadata is None else setting_fingerprints(parts, str(layout.photos))


def versioned_schema(layout: AnyLayout, name: str = "face") -> Path:
    """Copies a schema to a path that changes with its content, because TFX's cache only compares paths."""
    source = ROOT / "schemas" / f"{name}.pbtxt"
    target = layout.schemas / code_version(f"schemas/{name}.pbtxt") / "schema.pbtxt"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(target, source.read_bytes())  # another run may be looking at the same time
    return target
