"""The settings of the models of drawings."""

from schemas.settings import Settings, setting

SKETCH_DECODERS = ("mse", "mixture")


class SketchRNNSettings(Settings):
    """P3's recurrent autoencoder."""

    latent_dim: int = setting(50, "numbers of an embedding", ge=1)
    rnn_units: int = setting(
        128, "units of each direction of the encoder; the decoder has twice as many", ge=1
    )
    sketch_decoder: str = setting(
        "mixture", "the post's loss (mse), or Ha and Eck's mixture density", choices=SKETCH_DECODERS
    )
    stretch: float = setting(
        0.0, "share by which training drawings are made wider or higher, at most", unit="of 1", ge=0, lt=1
    )
    point_noise: float = setting(
        0.0, "deviation of the noise on the points that the decoder sees while training, scaled units", ge=0
    )
    stroke_plan: float = setting(0.0, "weight of the error of a plan of the strokes; 0: no plan", ge=0)
