"""P0's tables, row for row."""

import numpy as np

from models.autoencoders import strided_conv
from models.autoencoders.cae import CAE, build_decoder, build_encoder
from models.autoencoders.layers import use_fast_convolutions
from tests.bounds import of_network


def rows(model):
    """(class, output shape, parameters) of each layer that has any, or reshapes."""
    kinds = {"Conv4x4": "Conv2D", "ConvTranspose4x4": "Conv2DTranspose"}
    return [
        (
            kinds.get(type(layer).__name__, type(layer).__name__),
            tuple(layer.output.shape[1:]),
            layer.count_params(),
        )
        for layer in model.layers
        if type(layer).__name__ not in ("InputLayer", "ReLU")
    ]


def test_table_1_holds_row_for_row():
    assert rows(build_encoder(latent_dim=128)) == [
        ("Conv2D", (32, 32, 128), 6_144),
        ("BatchNorm", (32, 32, 128), 512),
        ("Conv2D", (16, 16, 256), 524_288),
        ("BatchNorm", (16, 16, 256), 1_024),
        ("Conv2D", (8, 8, 512), 2_097_152),
        ("BatchNorm", (8, 8, 512), 2_048),
        ("Conv2D", (4, 4, 1024), 8_388_608),
        ("BatchNorm", (4, 4, 1024), 4_096),
        ("Flatten", (16_384,), 0),
        ("Dense", (128,), 16_384 * 128 + 128),
    ]


def test_table_2_holds_row_for_row():
    assert rows(build_decoder(latent_dim=128)) == [
        ("Dense", (65_536,), 65_536 * 128 + 65_536),
        ("Reshape", (8, 8, 1024), 0),
        ("Conv2DTranspose", (16, 16, 512), 8_388_608),
        ("BatchNorm", (16, 16, 512), 2_048),
        ("Conv2DTranspose", (32, 32, 256), 2_097_152),
        ("BatchNorm", (32, 32, 256), 1_024),
        ("Conv2DTranspose", (64, 64, 128), 524_288),
        ("BatchNorm", (64, 64, 128), 512),
        ("Conv2DTranspose", (64, 64, 3), 387),
    ]


def test_printed_figures_that_arithmetic_supports():
    dense = build_encoder(latent_dim=100).get_layer("embedding")
    assert dense.kernel.shape[0] * dense.kernel.shape[1] == 1_638_400  # the row as printed: zdim 100, no bias
    encoder = build_encoder(latent_dim=8)
    assert sum(int(np.prod(w.shape)) for w in encoder.non_trainable_weights) == 3_840
    decoder = build_decoder(latent_dim=8)
    assert sum(int(np.prod(w.shape)) for w in decoder.non_trainable_weights) == 1_792


def test_fast_convolutions_change_nothing_but_rounding(monkeypatch):
    used = []

    def noted(name, function):
        return lambda *given: used.append(name) or function(*given)

    for name in ("conv_down", "conv_up"):
        monkeypatch.setattr(strided_conv, name, noted(name, getattr(strided_conv, name)))
    model = CAE(latent_dim=6, base_filters=16)
    images = np.random.default_rng(0).random((2, 64, 64, 3), np.float32)
    plain = model.decode(model.encode(images))
    assert not used
    use_fast_convolutions(model, True)
    fast = model.decode(model.encode(images))
    np.testing.assert_allclose(fast, plain, rtol=0, atol=of_network(model) * float(np.abs(plain).max()))
    assert set(used) == {"conv_down", "conv_up"}
