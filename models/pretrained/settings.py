"""The settings of the models that are fitted in one go, or come with their weights."""

from pydantic import model_validator
from typing_extensions import Self

from schemas.image_features import GREY, RGB
from schemas.settings import About, Settings, setting, wrong


class PixelsSettings(Settings):
    """The size of the pictures that are read. Those of photos have three channels."""

    side: int = setting(64, "height and width of the pictures that are read", unit="pixels", ge=4, le=224)
    channels: int = setting(3, "1 for grey pictures, 3 for colours", ge=1, le=3)

    @model_validator(mode="after")
    def _grey_or_colours(self) -> Self:
        if self.channels not in (GREY, RGB):
            raise wrong(type(self), "channels", self.channels, "1 or 3")
        return self

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return self.side, self.side, self.channels


class PCASettings(PixelsSettings):
    """Principal axes."""

    latent_dim: int = setting(128, "principal axes; with fewer faces one less than these", ge=1)


class WeightsSettings(Settings):
    """A network whose weights lie in a file."""

    weights_path: str = setting(
        "", "file of weights; empty for the one that the model finds itself", About(path="file", exists=True)
    )
