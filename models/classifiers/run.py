"""What TFX's Trainer calls to train a classifier."""

from __future__ import annotations

from typing import Any, cast

import tensorflow as tf

from models.classifiers.catalog import classifier_entry
from models.classifiers.settings import ClassifierSettings
from models.training.train import train_for_tfx
from models.training_settings import plan_of


@tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
def run_fn(fn_args: Any) -> None:
    """Trains on the faces that teach, by those that validate, and exports the SavedModel.

    The held-out split is not opened: it judges what comes out.
    """
    import tensorflow_transform as tft

    from models.classifiers.export import export_classifier
    from models.classifiers.labelled_data import learned_and_validated

    plan = plan_of(fn_args.custom_config, classifier_entry)
    network = cast(ClassifierSettings, plan.network)
    transform_output = tft.TFTransformOutput(fn_args.transform_graph_path)
    files = tf.io.gfile.glob(fn_args.train_files)
    sets = learned_and_validated(files, transform_output, plan.entry.reads, network.maps_size)
    train_for_tfx(
        fn_args,
        plan,
        sets,
        lambda model: export_classifier(model, transform_output, fn_args.serving_model_dir),
    )
