"""What a model sees of a face chip."""

from pydantic import model_validator
from typing_extensions import Self

from schemas.face import CHIP_SIZE
from schemas.image_features import GREY, RGB
from schemas.settings import Settings, setting, wrong

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


class PictureSettings(Settings):
    """The size of the pictures that a model reads. Those of photos have three channels."""

    side: int = setting(28, "height and width of the pictures that are read", unit="pixels", ge=4, le=256)
    channels: int = setting(GREY, "1 for grey pictures, 3 for colours", ge=GREY, le=RGB)

    @model_validator(mode="after")
    def _grey_or_colours(self) -> Self:
        if self.channels not in (GREY, RGB):
            raise wrong(type(self), "channels", self.channels, "1 or 3")
        return self

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return self.side, self.side, self.channels
