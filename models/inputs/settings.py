"""What a model sees of a face chip."""

from schemas.face import CHIP_SIZE
from schemas.settings import Settings, setting

# left, top, side in chip pixels. The eyes lie at (64, 69) and (128, 69) in an aligned chip.
# `recogniser` is what dlib's recogniser was trained on: the eyes at 31.8% and 66.9% of the width, 31.4% of
# the height (its mean five-point face, padding 0.25). That asks for (6.4, 12.2, 182.7), 3 px beyond the
# chip's lower edge: here stands the largest square inside with that top and that middle.
CROPS = {"face": (32, 36, 128), "whole": (0, 0, CHIP_SIZE), "recogniser": (8, 12, 180)}


class InputSettings(Settings):
    """How much of an aligned chip of 192x192 pixels reaches the model."""

    crop: str = setting(
        "auto",
        "how much of the aligned chip the model sees; auto: the face, or all of a picture where no face is "
        "looked for",
        choices=("auto", *CROPS),
    )
