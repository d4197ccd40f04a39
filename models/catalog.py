"""The one place to add a model."""

import inspect

from models.autoencoders.aae import AAE
from models.autoencoders.cae import CAE
from models.autoencoders.cifar_cae import CifarCAE
from models.autoencoders.dae import DAE
from models.autoencoders.resnet18_ae import ResNet18AE
from models.autoencoders.simclr_face import SimCLRFace
from models.autoencoders.vae import VAE
from models.drawings.sketch_rnn import SketchRNN
from models.identity.hd_lbp import HDLBP
from models.identity.patch_cae import PatchCAE
from models.identity.pseudo_face import PseudoFace
from models.pretrained.imagenet_lite import ImageNetLite
from models.pretrained.pca import PCA
from models.pretrained.pixels import Pixels
from models.pretrained.pretrained_face import PretrainedFace
from models.pretrained.resnet50 import ResNet50

MODELS = {
    "cae": CAE,
    "dae": DAE,
    "vae": VAE,
    "aae": AAE,
    "simclr_face": SimCLRFace,
    "cifar_cae": CifarCAE,
    "resnet18_ae": ResNet18AE,
    "sketch_rnn": SketchRNN,
    "pixels": Pixels,
    "pca": PCA,
    "hd_lbp": HDLBP,
    "patch_cae": PatchCAE,
    "pseudo_face": PseudoFace,
    "pretrained_face": PretrainedFace,
    "imagenet_lite": ImageNetLite,
    "resnet50": ResNet50,
}


def build_model(name, **settings):
    """The model ``name`` of ``MODELS``; raises ValueError for a name that is not there."""
    return model_of(name)(**settings)


def model_of(name):
    """The class of the model ``name``, or the function that builds it; ValueError for an unknown one."""
    if name not in MODELS:
        known = ", ".join(sorted(MODELS))
        raise ValueError(
            f"Unknown model {name!r}. Expected one of: {known}. Add models in models/catalog.py."
        )
    return MODELS[name]


def accepted(name, settings):
    """Those of ``settings`` (a dict) that the model ``name`` is built from.

    A ``base_filters`` of 0 stands for the width of the paper's table, the model's own default.
    """
    named = {key: settings[key] for key in inspect.signature(model_of(name)).parameters if key in settings}
    return {key: value for key, value in named.items() if key != "base_filters" or value}
