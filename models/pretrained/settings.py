"""The settings of the models that are fitted in one go, or come with their weights."""

from models.inputs.settings import PictureSettings
from schemas.image_features import GREY, RGB
from schemas.settings import About, Settings, setting


class PixelsSettings(PictureSettings):
    """The size of the pictures that are read, which is the embedding's too."""

    side: int = setting(64, "height and width of the pictures that are read", unit="pixels", ge=4, le=256)
    channels: int = setting(RGB, "1 for grey pictures, 3 for colours", ge=GREY, le=RGB)


class PCASettings(PixelsSettings):
    """Principal axes."""

    latent_dim: int = setting(128, "principal axes; with fewer faces one less than these", ge=1)


class WeightsSettings(Settings):
    """A network whose weights lie in a file."""

    weights_path: str = setting(
        "", "file of weights; empty for the one that the model finds itself", About(path="file", exists=True)
    )
