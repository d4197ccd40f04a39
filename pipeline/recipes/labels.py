"""The recipes that learn from labels (P2, chapters 4 and 6)."""

from components.classify.settings import ClassifierLimits
from components.ingest.settings import LabelledSettings
from models.classifiers.settings import AttParseNetSettings, LinearProbeSettings
from models.inputs.settings import InputSettings
from models.training_settings import FitSettings, TrainingSettings
from pipeline.recipes.recipe import CLASSIFY, Recipe

LABEL_RECIPES = (
    Recipe(
        name="attparsenet",
        paper="P2",
        follows="chapter 4: attributes of a face, and the regions that they show themselves in",
        what="40 attributes of a face, learned from a CSV with masks of their "
        "regions; BatchNorm and seven times the masks' error, as its authors' code has",
        minutes=20,
        paper_figure="accuracy 87% on CelebA, against 86% of its baseline",
        our_figure="balanced accuracy 0.592 (0.575 to 0.604), accuracy 0.804 (majority 0.795), 37 columns; "
        "CelebA, 1,144 photos of 45 people to learn from, 381 of 15 others to judge",
        task=CLASSIFY,
        model="attparsenet",
        ingest=LabelledSettings(split_by="partition", frame="box"),
        network=AttParseNetSettings(width_multiplier=0.125, batch_norm=True, mask_weight=7.0, mask_epochs=10),
        training=TrainingSettings(epochs=32, patience=32, batch_size=32),
        limits=ClassifierLimits(),
    ),
    Recipe(
        name="gender-probe",
        paper="P2",
        follows="chapter 6: what a frozen network knows of the column Male",
        what="a logistic layer on dlib's recogniser, taught by a CSV",
        minutes=5,
        our_figure="balanced accuracy 0.981 (0.934 to 1.000), 418 photos of 17 people of CelebA",
        task=CLASSIFY,
        model="linear_probe",
        ingest=LabelledSettings(target_columns=("Male",), landmarks="mtcnn5"),
        inputs=InputSettings(crop="recogniser"),
        network=LinearProbeSettings(features="pretrained_face"),
        training=FitSettings(),
        limits=ClassifierLimits(),
    ),
)
