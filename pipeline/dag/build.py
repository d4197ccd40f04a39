"""The only wiring of the pipeline; it knows no runner."""

import dataclasses
import json
import os
import shutil

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
from components.validate.component import FaceExampleValidator
from models.training_settings import IMAGE_SIZES, TrainingSettings
from pipeline.beam.presets import BEAM_ARGUMENTS
from pipeline.dag.code_version import ROOT, code_version, reached
from pipeline.recipes.checks import INGEST_KEYS
from schemas.features import STATISTICS_FEATURES
from schemas.sketch_features import SKETCH_STATISTICS_FEATURES

TRAINING_KEYS = tuple(field.name for field in dataclasses.fields(TrainingSettings))
SELECTION_KEYS = (
    "clusterers covariance_types criterion choose_among standard_errors reduction pca_variance "
    "max_dimension whiten founders protocol pairs attributes yardsticks crop random_state"
).split()


def build_pipeline(recipe, layout, beam_arguments=BEAM_ARGUMENTS, shared_files=True, name="facefold"):
    """The TFX pipeline of ``recipe`` under ``layout``: photos in, a blessed and pushed model out.

    Without ``shared_files`` Beam's workers do not see the root's files: no photo is kept, no progress told.
    Recipes under one ``name`` and one metadata store share what TFX has cached of the same photos. A layout
    without a metadata store measures a new model against the latest pushed one, any other against the
    latest blessed one.
    """
    settings = recipe.as_dict()
    progress = layout.progress
    places = {"cache_dir": str(layout.photos), "progress": str(progress / "ingest.json")}
    ingest = FaceExampleGen({key: settings[key] for key in INGEST_KEYS} | (places if shared_files else {}))
    examples = ingest.outputs["examples"]
    drawings = settings["source"] == "quickdraw"
    features = SKETCH_STATISTICS_FEATURES if drawings else STATISTICS_FEATURES
    statistics = StatisticsGen(
        examples=examples, stats_options=tfdv.StatsOptions(feature_allowlist=list(features))
    )
    schema = ImportSchemaGen(schema_file=str(versioned_schema(layout, "sketch" if drawings else "face")))
    validator = FaceExampleValidator(
        statistics=statistics.outputs["statistics"], schema=schema.outputs["schema"]
    ).with_id("ExampleValidator")
    preprocessing = "preprocessing" if IMAGE_SIZES[settings["model"]] else "sketch_preprocessing"
    transform = Transform(
        examples=examples,
        schema=schema.outputs["schema"],
        preprocessing_fn=f"models.inputs.{preprocessing}.preprocessing_fn",
        custom_config={
            "crop": settings["crop"],
            "image_size": settings["image_size"],
            "code_version": code_version(f"models/inputs/{preprocessing}.py"),
        },
        materialize=False,
        disable_statistics=True,
        disable_analyzer_cache=True,
    )
    transform.add_upstream_node(validator)
    trainer = trainer_of(examples, transform, schema, settings, layout)
    judging = judging_components(examples, trainer, settings, layout)
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


def trainer_of(examples, transform, schema, settings, layout):
    """TFX's Trainer with the settings that decide the training."""
    return Trainer(
        run_fn="models.training.train.run_fn",
        examples=examples,
        transform_graph=transform.outputs["transform_graph"],
        schema=schema.outputs["schema"],
        train_args=trainer_pb2.TrainArgs(num_steps=0),
        eval_args=trainer_pb2.EvalArgs(num_steps=0),
        custom_config={key: settings[key] for key in TRAINING_KEYS}
        | {
            "training_dir": str(layout.training),
            "progress": str(layout.progress / "training.json"),
            "code_version": code_version(*reached("models/training/train.py")),
        },
    )


def judging_components(examples, trainer, settings, layout):
    """Evaluator, assembler, baseline, blesser, infra-validation and pusher, in order."""
    evaluator = ClusterEvaluator(
        examples=examples,
        model=trainer.outputs["model"],
        settings=json.dumps(selection_of(settings), sort_keys=True),
        progress=str(layout.progress / "evaluation.json"),
        code_version=code_version(
            "components/evaluate",
            "components/faces.py",
            "components/evaluate/pictures/latents.py",
            "components/evaluate/pictures/stroke_distance.py",
            "components/evaluate/pictures/reconstruction.py",
            "models",
        ),
    )
    assembler = ModelAssembler(
        examples=examples,
        encoder=trainer.outputs["model"],
        evaluation=evaluator.outputs["evaluation"],
        settings=json.dumps(settings, sort_keys=True),
        code_version=code_version(
            "components/assemble", "components/report", *reached("models/export/sketches.py")
        ),
    )
    earlier = [] if layout.metadata is None else [earlier_blessed_model(assembler)]
    blesser = ModelBlesser(
        examples=examples,
        model=assembler.outputs["model"],
        model_run=trainer.outputs["model_run"],
        evaluation=evaluator.outputs["evaluation"],
        baseline=earlier[0].outputs["model"] if earlier else None,
        pushed="" if earlier else str(layout.serving),
        settings=json.dumps(settings, sort_keys=True),
        code_version=code_version(
            "components/bless",
            "components/report",
            "components/evaluate",
            "models/clustering/rules/assignment.py",
            "models/clustering/rules/nearest_mean.py",
            "models/clustering/rules/exemplars.py",
            "models/clustering/rules/mixture.py",
            "components/evaluate/pictures/stroke_distance.py",
            "components/evaluate/pictures/reconstruction.py",
        ),
    )
    infra = ReplayInfraValidator(model=assembler.outputs["model"]).with_id("InfraValidator")
    infra.add_upstream_node(blesser)
    pusher = Pusher(
        model_blessing=blesser.outputs["blessing"],
        infra_blessing=infra.outputs["blessing"],
        push_destination=pusher_pb2.PushDestination(
            filesystem=pusher_pb2.PushDestination.Filesystem(base_directory=str(layout.serving))
        ),
    )
    return [evaluator, assembler, *earlier, blesser, infra, pusher]


def earlier_blessed_model(assembler):
    """The node that finds the latest blessed model of earlier runs."""
    return Resolver(
        strategy_class=EarlierBlessedModelStrategy,
        model=Channel(type=Model),
        model_blessing=Channel(type=ModelBlessing),
        current_model=assembler.outputs["model"],
    ).with_id("earlier_blessed_model")


def selection_of(settings):
    """What the evaluator searches, out of a recipe's dict."""
    n_clusters = settings["n_clusters"]
    selection = {key: settings[key] for key in SELECTION_KEYS}
    return selection | {"n_clusters": int(n_clusters) if n_clusters.isdigit() else n_clusters}


def versioned_schema(layout, name="face"):
    """A schema under a path that changes with its content: TFX's cache looks at the path only."""
    source = ROOT / "schemas" / f"{name}.pbtxt"
    target = layout.schemas / code_version(f"schemas/{name}.pbtxt") / "schema.pbtxt"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(f".{os.getpid()}")
        shutil.copyfile(source, partial)
        os.replace(partial, target)  # another run may be looking at the same time
    return target
