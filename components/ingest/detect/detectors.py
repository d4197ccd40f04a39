"""Face detectors that all work alike: from a picture to boxes, scores and five landmarks.

A detector is a function from one uint8 RGB picture [h, w, 3] to `Detections` in its pixels; each
thread makes its own. Haar and dlib find only boxes: MTCNN's last network, which is cheap on a crop,
checks each box and gives it a score and landmarks.
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from components.ingest.detect import mtcnn
from components.ingest.detect.dlib_module import dlib_module
from components.ingest.detect.levelling import level_landmarks
from components.ingest.detect.mtcnn import Detections
from components.ingest.detect.networks import Networks
from components.ingest.frames.align import transform_points
from components.ingest.settings import IngestSettings
from components.ingest.tables import DETECTORS

Detector = Callable[[np.ndarray], Detections]
# A function from a reduced (or enlarged) picture and its scale to Detections in that picture's pixels.
Search = Callable[[np.ndarray, float], Detections]

LONG_SIDE = 1280  # of the copy that `mtcnn` searches
SECOND_LONG_SIDE = 800  # of the copy that `auto` searches if its first look was not sure
QUICK_LONG_SIDE, QUICK_MIN_FACE, QUICK_PROPOSAL_SCORE = 480, 48, 0.7
SURE_SCORE = 0.95
TURNS = (-30.0, 30.0)  # degrees; the cascade itself finds faces tilted by 25 or so
SMALL_PICTURE = 160  # below this a picture is enlarged and given a border before it is searched
BORDER_SHARE = 0.25
BOX_MARGIN = 0.1  # a Haar or HOG box is tighter than the box MTCNN's last network expects


def make_detector(settings: IngestSettings) -> Detector:
    """The detector that the settings name, with its faces filtered and their landmarks levelled.

    Raises:
        ModuleNotFoundError, FileNotFoundError: its package or model file is missing.
    """
    networks = Networks()
    search: Detector = DETECTORS[settings.detector].load()(settings, networks)
    if settings.detector == "none":
        return search

    def detector(image: np.ndarray) -> Detections:
        found = search(image)
        wide = found.boxes[:, 2:].max(axis=1, initial=0.0) >= settings.min_face
        found = found.keep(wide & (found.scores >= settings.min_score))
        if not len(found) or found.landmarks is None:
            return found
        points = np.stack([level_landmarks(networks, image, face) for face in found.landmarks])
        return Detections(found.boxes, np.clip(found.scores, 0, 1), points)

    return detector


def make_mtcnn(settings: IngestSettings, networks: Networks, long_side: int = LONG_SIDE) -> Detector:
    """The whole cascade, down to `min_face` pixels of the photo."""

    def search(image: np.ndarray) -> Detections:
        def cascade(reduced: np.ndarray, scale: float) -> Detections:
            return mtcnn.detect(networks, reduced, max(mtcnn.CELL, settings.min_face * scale))

        return _on_reduced(image, long_side, cascade)

    return search


def make_auto(settings: IngestSettings, networks: Networks) -> Detector:
    """The cascade on a small copy, for faces of a tenth of the long side and more.

    If that finds nothing, or nothing that it is sure of, it tries the whole cascade, and then the small
    copy again, turned. The try with the best score counts.
    """
    thorough = make_mtcnn(settings, networks, SECOND_LONG_SIDE)

    def quick(reduced: np.ndarray, scale: float) -> Detections:
        smallest = max(reduced.shape[:2]) * QUICK_MIN_FACE / QUICK_LONG_SIDE
        return mtcnn.detect(networks, reduced, max(smallest, settings.min_face * scale), QUICK_PROPOSAL_SCORE)

    def turned(degrees: float) -> Detector:
        return lambda image: _on_reduced(
            image, QUICK_LONG_SIDE, lambda reduced, scale: _on_turned(reduced, degrees, scale, quick)
        )

    looks = (lambda image: _on_reduced(image, QUICK_LONG_SIDE, quick), thorough, *map(turned, TURNS))

    def search(image: np.ndarray) -> Detections:
        best = mtcnn.no_detections()
        for look in looks:
            found = look(image)
            if found.scores.max(initial=0.0) > best.scores.max(initial=0.0):
                best = found
            if best.scores.max(initial=0.0) >= SURE_SCORE:
                break
        return best

    return search


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
        return _checked(networks, reduced, np.asarray(found, float).reshape(-1, 4))

    return lambda image: _on_reduced(image, 640, boxes)


def make_dlib(settings: IngestSettings, networks: Networks) -> Detector:
    """dlib's HOG detector, which enlarges small pictures so that its 80-pixel window fits faces of 40."""
    hog = dlib_module("The detector 'dlib'", "detector=auto").get_frontal_face_detector()

    def boxes(reduced: np.ndarray, _: float) -> Detections:
        doubled = max(reduced.shape[:2]) <= 320
        rectangles = hog(np.ascontiguousarray(reduced), 1 if doubled else 0)
        found = np.array([[r.left(), r.top(), r.width(), r.height()] for r in rectangles], float)
        return _checked(networks, reduced, found.reshape(-1, 4))

    return lambda image: _on_reduced(image, 640, boxes)


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

    return lambda image: _on_reduced(image, 640, faces)


def make_none(settings: IngestSettings, networks: Networks) -> Detector:
    """Searches nothing: the whole picture is the face."""

    def whole(image: np.ndarray) -> Detections:
        height, width = image.shape[:2]
        return Detections(np.array([[0.0, 0.0, width, height]]), np.ones(1), None)

    return whole


def _checked(networks: Networks, image: np.ndarray, boxes: np.ndarray) -> Detections:
    """Those boxes (left, top, width, height) that MTCNN's last network takes for faces."""
    if not len(boxes):
        return mtcnn.no_detections()
    grown = boxes[:, 2:] * BOX_MARGIN
    corners = np.concatenate([boxes[:, :2] - grown, boxes[:, :2] + boxes[:, 2:] + grown], axis=1)
    return mtcnn.landmarks_in(networks, image, mtcnn.square(corners))


def _on_reduced(image: np.ndarray, long_side: int, search: Search) -> Detections:
    """Searches a copy reduced to `long_side`; a small picture is enlarged and gets a border.

    The result is in the pixels of `image`.
    """
    height, width = image.shape[:2]
    scale = long_side / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        reduced = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        return search(reduced, scale).scaled(1 / scale)
    if max(height, width) > SMALL_PICTURE:
        return search(image, 1.0)
    border = round(BORDER_SHARE * max(height, width))
    framed = cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_REPLICATE)
    enlarged = cv2.resize(framed, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    found = search(enlarged, 2.0).scaled(0.5)
    points = None if found.landmarks is None else found.landmarks - border
    return Detections(found.boxes - (border, border, 0, 0), found.scores, points)


def _on_turned(image: np.ndarray, degrees: float, scale: float, search: Search) -> Detections:
    """Searches the picture turned about its middle; turning back keeps the size and the middle of a box."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    size = np.ceil(np.abs(matrix[:, :2]) @ (width, height)).astype(int)
    matrix[:, 2] += (size - (width, height)) / 2
    turned = cv2.warpAffine(image, matrix, (int(size[0]), int(size[1])), borderMode=cv2.BORDER_REPLICATE)
    found = search(turned, scale)
    back = cv2.invertAffineTransform(matrix)
    half = found.boxes[:, 2:] / 2
    middles = transform_points(back, found.boxes[:, :2] + half - 0.5) + 0.5
    points = None
    if found.landmarks is not None:
        points = transform_points(back, found.landmarks.reshape(-1, 2)).reshape(-1, 5, 2)
    return Detections(np.concatenate([middles - half, found.boxes[:, 2:]], axis=1), found.scores, points)
