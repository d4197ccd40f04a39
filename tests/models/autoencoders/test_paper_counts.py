"""Parameter counts that P1 and ResNet-18 fix, and the shapes of their embeddings."""

import numpy as np
import pytest

from models.autoencoders.cifar_cae import CifarCAE
from models.autoencoders.resnet18_ae import build_decoder, build_encoder, joined


def count(model, *, of):
    return sum(
        sum(int(np.prod(w.shape)) for w in layer.trainable_weights)
        for layer in model.layers
        if type(layer).__name__ in of
    )


def test_p1_has_776_579_parameters_and_embeds_in_8_by_8_by_256():
    model = CifarCAE()
    assert model.count_params() == 776_579
    assert model.encoder.output.shape[1:] == (8, 8, 256)
    assert model.encode(np.zeros((1, 64, 64, 3), np.float32)).shape == (1, 16_384)


def test_p1_drops_out_a_third_in_both_halves_as_described():
    model = CifarCAE()
    names = [[type(layer).__name__ for layer in part.layers] for part in (model.encoder, model.decoder)]
    stage = ["Conv2D", "MaxPooling2D", "Dropout"]
    assert names[0] == ["InputLayer", *stage * 3, "Conv2D"]
    up = ["Conv2D", "UpSampling2D"]
    assert names[1] == ["InputLayer", *up, "Dropout", *up, "Dropout", *up, "Conv2D"]
    rates = [
        layer.rate
        for part in (model.encoder, model.decoder)
        for layer in part.layers
        if hasattr(layer, "rate")
    ]
    assert rates == [0.3] * 5


def test_the_encoder_is_resnet_18_without_its_classifier():
    encoder = build_encoder(latent_dim=7)
    assert count(encoder, of=("Conv2D",)) == 11_166_912
    assert count(encoder, of=("BatchNorm",)) == 9_600
    assert count(encoder, of=("Dense",)) == 4 * 4 * 512 * 7 + 7
    kernels = [layer.kernel_size for layer in encoder.layers if type(layer).__name__ == "Conv2D"]
    assert kernels.count((7, 7)) == 1
    assert kernels.count((3, 3)) == 16
    assert kernels.count((1, 1)) == 3  # projections, where a stage halves the size


def test_the_decoder_mirrors_it():
    decoder = build_decoder(latent_dim=7)
    sizes = [layer.output.shape[1:] for layer in decoder.layers if type(layer).__name__ == "Add"]
    assert sizes == [
        (4, 4, 512), (8, 8, 256), (8, 8, 256), (16, 16, 128), (16, 16, 128), (32, 32, 64), (32, 32, 64),
        (32, 32, 64),
    ]  # fmt: skip
    assert decoder.output.shape[1:] == (128, 128, 3)


@pytest.mark.parametrize(("place", "expected"), [("before_relu", [0, 1, 5]), ("after_relu", [-2, 2, 5])])
def test_a_block_adds_its_input_as_he_et_al_do_or_as_p4_prints_it(place, expected):
    y, x = np.float32([[-1, -1, 3]]), np.float32([[-2, 2, 2]])
    np.testing.assert_array_equal(joined(y, x, place), [expected])


def test_the_place_of_the_shortcut_costs_no_parameter_and_reaches_every_block():
    for build in (build_encoder, build_decoder):
        one, other = (build(5, 2, 1, place) for place in ("before_relu", "after_relu"))
        assert one.count_params() == other.count_params()
        after_add = [
            [
                type(model.layers[i + 1]).__name__
                for i, layer in enumerate(model.layers)
                if type(layer).__name__ == "Add"
            ]
            for model in (one, other)
        ]
        assert after_add[0] == ["ReLU"] * 4
        assert "ReLU" not in after_add[1]
