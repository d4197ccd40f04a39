"""The sets of small pictures that ``benchmarks.image_clustering`` groups, read by the product's readers."""

import os

import cv2
import numpy as np

from benchmarks.ingest import DATA
from components.ingest.pictures.arrays import Arrays
from components.ingest.pictures.idx import FASHION, read_idx
from components.ingest.pictures.joined import joined
from components.ingest.pictures.npz import read_npz
from components.ingest.pictures.usps import read_usps


def usps():
    """USPS, 9,298 of 16 x 16."""
    return read_usps(str(DATA / "usps" / "usps.h5"))


def mnist():
    """MNIST's 60,000 and then its 10,000, 28 x 28."""
    return joined([read_npz(str(DATA / "mnist" / f"mnist_{part}.npz")) for part in ("train", "test")])


def mnist_test():
    """MNIST's 10,000 test pictures."""
    return read_npz(str(DATA / "mnist" / "mnist_test.npz"))


def fashion():
    """Fashion-MNIST's 70,000, where Debian's package puts them."""
    names = [f"{FASHION}/{part}-images-idx3-ubyte.gz" for part in ("train", "t10k")]
    return joined([read_idx(name) for name in names])


def cifar():
    """CIFAR-10's 10,000 test pictures, 32 x 32 in colours, a folder a class."""
    folder = DATA / "cifar10" / "test"
    files = sorted(folder.glob("*/*"))
    pixels = [cv2.cvtColor(cv2.imread(os.fspath(file)), cv2.COLOR_BGR2RGB) for file in files]
    return Arrays(np.stack(pixels), [file.parent.name for file in files])


def development():
    """The first 5,000 of MNIST's training pictures: what settings are chosen on, and no figure is told of."""
    whole = read_npz(str(DATA / "mnist" / "mnist_train.npz"))
    return Arrays(whole.pixels[:5000], whole.labels[:5000])


SETS = {
    "usps": usps,
    "mnist": mnist,
    "mnist-test": mnist_test,
    "fashion": fashion,
    "cifar10": cifar,
    "development": development,
}


def pictures_of(name):
    """(images float32 (n, side, side, channels) in [0, 1], label of each, n strings) of a set."""
    held = SETS[name]()
    pixels = held.pixels if held.pixels.ndim == 4 else held.pixels[..., np.newaxis]
    return np.divide(pixels, 255, dtype=np.float32), list(held.labels)
