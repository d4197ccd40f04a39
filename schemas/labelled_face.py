"""What a face that teaches a classifier has beside a face that is grouped: the names of its features."""

from schemas.face import STATISTICS_FEATURES

TARGETS = "targets"  # int64, one for each column: 1 yes, 0 no, UNKNOWN
FRAME = "frame"  # JPEG or PNG of what the classifier sees; a face without it is seen by its chip
FRAME_MAP = "frame_map"  # float32, six: the affine map [2, 3] from chip to frame pixels
REGIONS = "regions"  # which pixels lie in which of the ten regions, see components/segment/packing.py
PART = "part"  # int64: LEARNED, VALIDATED (tells when training has to end) or HELD_OUT

LABELLED_STATISTICS_FEATURES = (*STATISTICS_FEATURES, TARGETS)

UNKNOWN = -1
LEARNED, VALIDATED, HELD_OUT = 0, 1, 2


def packed_bytes(shape: tuple[int, int]) -> int:
    """The bytes of one region's pixels (h, w), eight a byte."""
    return -(-shape[0] * shape[1] // 8)
