"""The settings of the frozen models of small pictures, one class a model."""

from pydantic import model_validator
from typing_extensions import Self

from schemas.settings import Settings, setting

COLOURS = (1, 3)  # grey, or red, green and blue


class PictureSettings(Settings):
    """What a model of small pictures reads."""

    side: int = setting(28, "side of a picture", unit="pixels", ge=1, le=256)
    channels: int = setting(1, "1 for grey pictures, 3 for colours", ge=1, le=3)

    @model_validator(mode="after")
    def _check_channels(self) -> Self:
        if self.channels not in COLOURS:
            raise ValueError(f"Setting channels={self.channels} is not possible. Expected 1 or 3.")
        return self


class ScatteringSettings(PictureSettings):
    """Wavelet scattering, and principal axes of it."""

    n_scales: int = setting(2, "scales of wavelets; places lie 2^n_scales pixels apart", ge=1, le=5)
    n_angles: int = setting(8, "directions of wavelets, over half a turn", ge=1, le=32)
    latent_dim: int = setting(100, "principal axes; with fewer pictures one less than these", ge=1)

    @model_validator(mode="after")
    def _check_side(self) -> Self:
        least = 2 ** (self.n_scales + 1)
        if self.side < least:
            raise ValueError(
                f"Setting side={self.side} is not possible with n_scales={self.n_scales}. Expected at least "
                f"{least} pixels. Fix: give larger pictures, or set n_scales lower."
            )
        return self


class PatchKMeansSettings(PictureSettings):
    """How near the patches of a picture are to centroids of patches (Coates and Ng 2011)."""

    side: int = setting(32, "side of a picture", unit="pixels", ge=1, le=256)
    channels: int = setting(3, "1 for grey pictures, 3 for colours", ge=1, le=3)
    patch: int = setting(6, "side of a patch", unit="pixels", ge=2, le=16)
    n_centroids: int = setting(300, "centroids of patches", ge=2, le=4096)
    latent_dim: int = setting(100, "principal axes; with fewer pictures one less than these", ge=1)

    @model_validator(mode="after")
    def _check_patch(self) -> Self:
        if self.side <= self.patch:
            raise ValueError(
                f"Setting side={self.side} is not possible with patch={self.patch}. Expected at least "
                f"{self.patch + 1} pixels. Fix: give larger pictures, or set patch lower."
            )
        return self
