"""The settings of the models that are fitted in one go, or come with their weights."""

from schemas.settings import About, Settings, setting


class PCASettings(Settings):
    """Principal axes."""

    latent_dim: int = setting(128, "principal axes; with fewer faces one less than these", ge=1)


class WeightsSettings(Settings):
    """A network whose weights lie in a file."""

    weights_path: str = setting(
        "", "file of weights; empty for the one that the model finds itself", About(path="file", exists=True)
    )
