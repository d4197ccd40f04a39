"""Face detectors that all work alike: from a picture to boxes, scores and five landmarks.

A detector is a function from one uint8 RGB picture [h, w, 3] to `Detections` in its pixels; each
thread makes its own. Haar and dlib find only boxes: MTCNN's last network, which is cheap on a crop,
checks each box and gives it a score and landmarks.
"""

from pathlib import Path

import cv2
import numpy as np

from components.ingest.detect import mtcnn
from components.ingest.detect.blaze import Blaze
from components.ingest.detect.dlib_module import dlib_module
from components.ingest.detect.looks import LONG_SIDE, Look, on_reduced, part_side
from components.ingest.detect.mtcnn import Detections
from components.ingest.detect.networks import Networks
from components.ingest.detect.tape import CELL
from components.ingest.detect.upright import checked, upright
from components.ingest.settings import IngestSettings
from components.ingest.tables import DETECTORS

Detector = Look


def make_detector(settings: IngestSettings) -> Detector:
    """The detector that the settings name, with its faces filtered and their landmarks levelled.

    Raises:
        ModuleNotFoundError, FileNotFoundError: its package or model file is missing.
    """
    networks = Networks()
    entry = DETECTORS[settings.detector]
    search: Detector = entry.load()(settings, networks)
    if entry.levels:
        return search
    return lambda image: upright(networks, image, search(image), settings)


def smallest_face(settings: IngestSettings, width: int, height: int) -> int:
    """The side, in pixels of a photo of this size, of the smallest face that the detector looks for."""
    long_side, least = DETECTORS[settings.detector].smallest
    scale = min(1.0, long_side / part_side(width, height))
    return max(settings.min_face, round(least / scale))


def make_mtcnn(settings: IngestSettings, networks: Networks) -> Detector:
    """The whole cascade, down to `min_face` pixels of the photo."""

    def cascade(reduced: np.ndarray, scale: float) -> Detections:
        return mtcnn.detect(networks, reduced, max(CELL, settings.min_face * scale))

    return lambda image: on_reduced(image, LONG_SIDE, cascade)


def make_blaze(settings: IngestSettings, networks: Networks) -> Detector:
    """BlazeFace, checked by MTCNN's last network."""
    blaze = Blaze()
    return lambda image: on_reduced(
        image, LONG_SIDE, lambda reduced, _: checked(networks, reduced, blaze.boxes(reduced))
    )


def make_haar(settings: IngestSettings, networks: Networks) -> Detector:
    """OpenCV's Haar cascade for frontal faces (Viola and Jones, 2001)."""
    if not hasattr(cv2, "CascadeClassifier"):
        raise ModuleNotFoundError(
            f"Haar cascades are missing. Expected OpenCV 4; received {cv2.__version__}. "
            'Fix: pip install "opencv-python-headless<5"'
        )
    cascade = cv2.CascadeClassifier(
        str(Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_alt2.xml")
    )

    def boxes(reduced: np.ndarray, scale: float) -> Detections:
        grey = cv2.equalizeHist(cv2.cvtColor(reduced, cv2.COLOR_RGB2GRAY))
        least = max(20, round(settings.min_face * scale))
        found = cascade.detectMultiScale(grey, 1.1, 3, minSize=(least, least))
        return checked(networks, reduced, np.asarray(found, float).reshape(-1, 4))

    return lambda image: on_reduced(image, 640, boxes)


def make_dlib(settings: IngestSettings, networks: Networks) -> Detector:
    """dlib's HOG detector, which enlarges small pictures so that its 80-pixel window fits faces of 40."""
    hog = dlib_module("The detector 'dlib'", "detector=auto").get_frontal_face_detector()

    def boxes(reduced: np.ndarray, _: float) -> Detections:
        doubled = max(reduced.shape[:2]) <= 320
        rectangles = hog(np.ascontiguousarray(reduced), 1 if doubled else 0)
        found = np.array([[r.left(), r.top(), r.width(), r.height()] for r in rectangles], float)
        return checked(networks, reduced, found.reshape(-1, 4))

    return lambda image: on_reduced(image, 640, boxes)


def make_yunet(settings: IngestSettings, networks: Networks) -> Detector:
    """YuNet from the ONNX file that `model_path` names (OpenCV Zoo)."""
    if not Path(settings.model_path).is_file():
        raise FileNotFoundError(
            f"YuNet's model is missing. Expected an ONNX file at {settings.model_path}; found none. "
            "Fix: download face_detection_yunet_2023mar.onnx and set model_path to it."
        )
    network = cv2.FaceDetectorYN.create(settings.model_path, "", (320, 320), 0.6)

    def faces(reduced: np.ndarray, _: float) -> Detections:
        network.setInputSize(reduced.shape[1::-1])
        _, rows = network.detect(cv2.cvtColor(reduced, cv2.COLOR_RGB2BGR))
        if rows is None:
            return mtcnn.no_detections()
        # YuNet's right eye is the person's own: the left one in the picture, which comes first here too.
        return Detections(rows[:, :4].astype(float), rows[:, 14], rows[:, 4:14].reshape(-1, 5, 2))

    return lambda image: on_reduced(image, 640, faces)


def make_none(settings: IngestSettings, networks: Networks) -> Detector:
    """Searches nothing: the whole picture is the face."""

    def whole(image: np.ndarray) -> Detections:
        height, width = image.shape[:2]
        return Detections(np.array([[0.0, 0.0, width, height]]), np.ones(1), None)

    return whole
