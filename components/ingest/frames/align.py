"""Alignment: a similarity puts the eyes on fixed points of the chip, or all five landmarks near theirs."""

from collections.abc import Callable

import cv2
import numpy as np

from schemas.face import CHIP_SIZE, LEFT_EYE, RIGHT_EYE

# Where MTCNN's five landmarks lie in a chip, the eyes on the fixed points: their median in the chips that
# dlib cuts by its own five points (``dlib.get_face_chip``, padding 0.25), over 2,303 faces of ORL, CelebA and
# LFW's development photos, made symmetric.
FIVE = np.array([LEFT_EYE, RIGHT_EYE, (96.0, 108.0), (68.0, 137.5), (124.0, 137.5)])
JPEG_QUALITY = 95
MIN_EYE_DISTANCE = 1.0


def eye_transform(left_eye: np.ndarray, right_eye: np.ndarray) -> np.ndarray:
    """The similarity [2, 3] that maps photo pixels to chip pixels and makes the eyes level.

    `left_eye` and `right_eye` are (x, y), as seen in the picture; pixel centres are whole numbers.

    Raises:
        ValueError: the eyes are less than a pixel apart, or not finite.
    """
    return onto(np.array([left_eye, right_eye], float), np.array([LEFT_EYE, RIGHT_EYE]))


def onto(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The similarity [2, 3] that maps the eyes [2, 2], (x, y) each, onto two other points [2, 2].

    Raises:
        ValueError: the eyes are less than a pixel apart, or not finite.
    """
    (left, right), (to_left, to_right) = ((complex(*point) for point in pair) for pair in (source, target))
    apart = right - left
    if not np.isfinite(apart) or abs(apart) < MIN_EYE_DISTANCE:
        raise ValueError(
            f"Cannot align a face. Expected eyes at least {MIN_EYE_DISTANCE:g} pixel apart; "
            f"received {source[0]} and {source[1]}. Fix: drop this face."
        )
    turn = (to_right - to_left) / apart
    shift = to_left - turn * left
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def five_point_transform(points: np.ndarray) -> np.ndarray:
    """The similarity [2, 3] from photo to chip pixels that brings five landmarks [5, 2] nearest to ``FIVE``.

    Nearest by the sum of squared distances. The eyes alone say too little of a head that is turned: seen
    from the side they are near each other, and a face that they align is too large.

    Raises:
        ValueError: the landmarks are not finite, or lie within a pixel of their middle.
    """
    source, target = (p[:, 0] + 1j * p[:, 1] for p in (np.asarray(points, float), FIVE))
    middle = source.mean()
    spread = float(np.square(np.abs(source - middle)).sum())
    if not spread > len(FIVE) * MIN_EYE_DISTANCE**2:  # NaN is refused too
        raise ValueError(
            f"Cannot align a face. Expected five landmarks more than {MIN_EYE_DISTANCE:g} pixel from their "
            f"middle; received {np.asarray(points).tolist()}. Fix: drop this face."
        )
    turn = (np.conj(source - middle) * (target - target.mean())).sum() / spread
    shift = target.mean() - turn * middle
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


# By the setting ``alignment``: from five landmarks [5, 2] to the map from photo to chip pixels.
ALIGNMENTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "eyes": lambda points: eye_transform(points[0], points[1]),
    "points": five_point_transform,
}


def transform_points(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points [n, 2] under an affine matrix [2, 3]."""
    moved: np.ndarray = points @ matrix[:, :2].T + matrix[:, 2]
    return moved


def warp(image: np.ndarray, matrix: np.ndarray, size: tuple[int, int] = (CHIP_SIZE, CHIP_SIZE)) -> np.ndarray:
    """What `matrix` (photo pixels to its own) cuts out of `image`: [*size, 3], a chip if no size is told.

    Border pixels are replicated. When shrinking, every photo pixel counts by its area: whole factors are
    averaged away first, and the rest by warping to twice the size and halving that. A map that stretches one
    side more is shrunk as its larger scale says.
    """
    patch, matrix = _reduced_patch(image, matrix, size, max(1, int(1 / scale_of(matrix))))
    remaining = scale_of(matrix)
    if remaining >= 0.999:
        return _warp(patch, matrix, size, cv2.INTER_CUBIC if remaining > 1.001 else cv2.INTER_LINEAR)
    doubled = matrix * 2
    doubled[:, 2] += 0.5
    twice = _warp(patch, doubled, (2 * size[0], 2 * size[1]), cv2.INTER_LINEAR)
    return cv2.resize(twice, size[::-1], interpolation=cv2.INTER_AREA)


def scale_of(matrix: np.ndarray) -> float:
    """How many pixels a photo's pixel becomes, along the side that is stretched more."""
    return max(float(np.hypot(*column)) for column in matrix[:, :2].T)


def _warp(image: np.ndarray, matrix: np.ndarray, size: tuple[int, int], interpolation: int) -> np.ndarray:
    return cv2.warpAffine(image, matrix, size[::-1], flags=interpolation, borderMode=cv2.BORDER_REPLICATE)


def _reduced_patch(
    image: np.ndarray, matrix: np.ndarray, size: tuple[int, int], factor: int
) -> tuple[np.ndarray, np.ndarray]:
    """The part of the photo under the chip, averaged `factor` x `factor`, and its own matrix."""
    height, width = image.shape[:2]
    inverse = cv2.invertAffineTransform(matrix)
    high, wide = size
    corners = transform_points(inverse, np.array([[0, 0], [wide, 0], [0, high], [wide, high]], float) - 0.5)
    margin = 2 * factor + 2
    low = np.floor(corners.min(axis=0)).astype(int) - margin
    high = np.ceil(corners.max(axis=0)).astype(int) + margin
    left, top = (int(np.clip(v, 0, m - 1)) for v, m in zip(low, (width, height), strict=True))
    right, bottom = (
        int(np.clip(v, start + 1, m)) for v, start, m in zip(high, (left, top), (width, height), strict=True)
    )
    patch = image[top:bottom, left:right]
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ (left, top)
    if factor == 1:
        return patch, moved
    patch = cv2.copyMakeBorder(
        patch, 0, -patch.shape[0] % factor, 0, -patch.shape[1] % factor, cv2.BORDER_REPLICATE
    )
    reduced = cv2.resize(
        patch, (patch.shape[1] // factor, patch.shape[0] // factor), interpolation=cv2.INTER_AREA
    )
    # A reduced pixel's centre u lies at factor * u + (factor - 1) / 2 of the patch.
    result = moved.copy()
    result[:, :2] *= factor
    result[:, 2] += moved[:, :2].sum(axis=1) * (factor - 1) / 2
    return reduced, result


def whole_transform(width: int, height: int, size: int = CHIP_SIZE) -> np.ndarray:
    """The map [2, 3] from photo to chip pixels that keeps the whole photo and centres it."""
    scale = size / max(height, width)
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    shift = (size - 1) / 2 - scale * centre
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])


def sharpness(chip: np.ndarray) -> float:
    """The variance of the Laplacian of the grey chip, in squared grey levels."""
    grey = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


def encode_chip(chip: np.ndarray, chip_format: str) -> bytes:
    """The chip as JPEG (quality 95, full colour resolution) or PNG."""
    bgr = cv2.cvtColor(chip, cv2.COLOR_RGB2BGR)
    if chip_format == "png":
        return cv2.imencode(".png", bgr)[1].tobytes()
    options = [
        *(cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY),
        *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
    ]
    return cv2.imencode(".jpg", bgr, options)[1].tobytes()
