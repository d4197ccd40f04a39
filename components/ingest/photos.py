"""What happens to one photo: read, decode, detect, align and encode; then its row and its faces."""

import dataclasses
import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from components.ingest.decode import Picture, needed_bytes, read_cut_short, read_picture
from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.detect.brightness import brightened
from components.ingest.detect.detectors import Detector, smallest_face
from components.ingest.frames import align
from components.ingest.frames.frames import with_frame
from components.ingest.photo_cache import Outcome, PhotoCache
from components.ingest.points.landmarks import Landmarker
from components.ingest.row import Row
from components.ingest.settings import CHIP_FRAME, IngestSettings
from components.ingest.sources import Photo, opened, read
from models.devices.memory import Room
from schemas.face import Face

DECODING_SHARE = (
    0.25  # of the memory that is left: all photos that are decoded at once take no more, or it is one
)


Framer = Callable[[Sequence[Face], np.ndarray], Sequence[Face]]  # of faces of one upright photo


def find_faces(
    data: bytes, detector: Detector, settings: IngestSettings, framer: Framer | None = None
) -> Outcome:
    """All faces in an image file's bytes, the largest first, or the reason of its rejection.

    ``framer`` adds to each face what a classifier sees of it.
    """
    try:
        picture, found = look_at(data, detector, settings)
    except RejectedPhoto as rejection:
        return Outcome(reason=str(rejection))
    if framer is None:
        return found
    return dataclasses.replace(found, faces=tuple(framer(found.faces, picture.pixels)))


def framer_of(path: str, landmarker: Landmarker, settings: IngestSettings) -> Framer | None:
    """What cuts the frames that the settings ask for; None where the chip is all that is seen."""
    name = settings.frame_used
    if name == CHIP_FRAME:
        return None

    def framer(faces: Sequence[Face], image: np.ndarray) -> list[Face]:
        return [
            with_frame(face, name, image, points, settings.chip_format)
            for face, points in zip(faces, landmarker(path, faces), strict=True)
        ]

    return framer


def look_at(data: bytes, detector: Detector, settings: IngestSettings) -> tuple[Picture, Outcome]:
    """The upright picture in an image file's bytes, and its faces; raises RejectedPhoto.

    A file whose end is missing is rejected, but where a face is found in what is there of it.
    """
    try:
        picture = read_picture(data, settings.max_megapixels)
    except RejectedPhoto as rejection:
        if rejection.reason == "truncated" and settings.detector != "none":
            cut = read_cut_short(data, settings.max_megapixels)
            if cut is not None and (found := _faces_in(cut, detector, settings)).faces:
                return cut, found
        raise
    return picture, _faces_in(picture, detector, settings)


def _faces_in(picture: Picture, detector: Detector, settings: IngestSettings) -> Outcome:
    image = picture.pixels
    detections = detector(image)
    if not len(detections) and (brighter := brightened(image)) is not None:
        image, detections = brighter, detector(brighter)
    height, width = image.shape[:2]
    faces = []
    for index in np.argsort(-detections.boxes[:, 2:].prod(axis=1), kind="stable"):
        points = None if detections.landmarks is None else detections.landmarks[index]
        try:
            matrix = _matrix(image, points, settings.alignment)
        except ValueError:  # the landmarks are at one place
            continue
        box, score = tuple(float(v) for v in detections.boxes[index]), float(detections.scores[index])
        faces.append(cut_face(image, matrix, points, (box, score), settings.chip_format))
    unsettled = detections.unsettled + len(detections) - len(faces)
    notes = [picture.note, f"left out: {unsettled} that could not be brought upright" if unsettled else ""]
    return Outcome(width, height, tuple(faces), note="; ".join(filter(None, notes)))


def _matrix(image: np.ndarray, points: np.ndarray | None, alignment: str) -> np.ndarray:
    """The map [2, 3] from photo to chip pixels by five landmarks [5, 2], or of the whole picture."""
    if points is None:
        return align.whole_transform(image.shape[1], image.shape[0])
    return align.ALIGNMENTS[alignment](points)


def cut_face(
    image: np.ndarray,
    matrix: np.ndarray,
    points: np.ndarray | None,
    where: tuple[tuple[float, ...], float],
    chip_format: str,
) -> Face:
    """The face whose chip ``matrix`` [2, 3] (photo to chip pixels) cuts out of an upright RGB photo.

    ``points`` are its five landmarks [5, 2] in photo pixels, if it has any; ``where`` is its box and score,
    as ``Face`` has them.
    """
    pixels = align.warp(image, matrix)
    return Face(
        box=where[0],
        score=where[1],
        sharpness=align.sharpness(pixels),
        landmarks=() if points is None else _numbers(align.transform_points(matrix, points)),
        matrix=_numbers(matrix),
        chip=align.encode_chip(pixels, chip_format),
    )


def _numbers(array: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in array.ravel())


def _no_face_reason(settings: IngestSettings, width: int, height: int) -> str:
    return (
        f"detector {settings.detector} found no face of at least {smallest_face(settings, width, height)} "
        f"pixels with a score of at least {settings.min_score:g}"
    )


def process(
    photo: Photo,
    digest: str,
    detector: Detector,
    landmarker: Landmarker,
    settings: IngestSettings,
    cache: PhotoCache,
    room: Room,
) -> tuple[Row, list[Face]]:
    """The row and the faces of one photo whose content is `digest`; it is read when there is `room` for it.

    Only the largest face carries the photo's label: the others are bystanders. All of them share
    one split key.
    """
    outcome = cache.get(digest)
    if outcome is None:
        try:
            with opened(photo) as stream:
                needed = needed_bytes(stream, settings.max_megapixels)
            with room.taken(needed):
                data = read(photo)
                digest = hashlib.sha256(data).hexdigest()  # it may have changed since it was hashed
                outcome = find_faces(data, detector, settings, framer_of(photo.path, landmarker, settings))
        except RejectedPhoto as rejection:
            return Row(photo.path, "rejected", str(rejection), content_hash=digest), []
        cache.put(digest, outcome)
    dense = landmarker(photo.path, outcome.faces)
    status = "rejected" if outcome.reason else "faces" if outcome.faces else "no_face"
    row = Row(
        photo.path,
        status,
        _no_face_reason(settings, outcome.width, outcome.height) if status == "no_face" else outcome.reason,
        n_faces=len(outcome.faces),
        width=outcome.width,
        height=outcome.height,
        content_hash=digest,
        detector=settings.detector,
        n_landmarks68=sum(1 for points in dense if points),
        note=outcome.note,
    )
    split_key = photo.label if settings.split_by == "label" and photo.label else digest
    faces = [
        dataclasses.replace(
            face,
            image_path=photo.path,
            face_index=index,
            content_hash=digest,
            split_key=split_key,
            landmarks68=points,
            label=photo.label if index == 0 else "",
            photo_size=(outcome.width, outcome.height),
        )
        for index, (face, points) in enumerate(zip(outcome.faces, dense, strict=True))
    ]
    return row, faces
