"""A network that does not fit into memory is refused before its weights are allocated."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.catalog import build_model
from models.devices import network_memory
from models.devices.network_memory import (
    TRAINED,
    activation_bytes,
    bytes_of,
    require_training,
    within_memory,
)
from models.training.train import compiled_model
from models.training_settings import plan_of

NARROW = {
    "cae": {"base_filters": 2, "latent_dim": 4},
    "aae": {"base_filters": 2, "latent_dim": 4},
    "resnet18_ae": {"base_filters": 2, "latent_dim": 4, "blocks": 1},
    "sketch_rnn": {"rnn_units": 8, "latent_dim": 4},
}


def weights_of(model):
    return sum(math.prod(variable.shape) * variable.value.dtype.size for variable in model.variables)


@pytest.mark.parametrize("name", NARROW)
def test_a_network_is_refused_by_what_its_weights_take(name):
    before = weights_of(build_model(name, 0, **NARROW[name]))
    with within_memory("It", 1, before + 1000):
        build_model(name, 0, **NARROW[name])
    with (
        pytest.raises(
            MemoryError, match=r"It does not fit.* at most the .* GB that are left; it takes at least"
        ),
        within_memory("It", 1, before - 1000),
    ):
        build_model(name, 0, **NARROW[name])


def test_the_first_weights_are_the_same_and_nothing_is_allocated_that_is_refused():
    keras.utils.set_random_seed(3)
    plain = build_model("cae", 0, **NARROW["cae"]).get_weights()
    keras.utils.set_random_seed(3)
    with within_memory("It", TRAINED, 10**9):
        counted = build_model("cae", 0, **NARROW["cae"]).get_weights()
    for one, other in zip(plain, counted, strict=True):
        np.testing.assert_array_equal(one, other)
    wide = {"base_filters": 1024, "latent_dim": 2**14}  # the most that the settings allow: 10 GB
    with pytest.raises(MemoryError, match="at least"), within_memory("It", TRAINED, 10**6):
        build_model("cae", 0, **wide)


def test_training_asks_before_it_builds(monkeypatch):
    monkeypatch.setattr(network_memory, "available_bytes", lambda: 10**5)
    plan = plan_of({"model": "cae", **NARROW["cae"]})
    with pytest.raises(MemoryError, match=r"The network of model=cae does not fit into memory"):
        compiled_model(plan)
    monkeypatch.setattr(network_memory, "available_bytes", lambda: 0)  # the system does not say
    compiled_model(plan)


def test_activations_count_by_the_outputs_of_the_layers():
    model = build_model("cae", 0, **NARROW["cae"])
    assert activation_bytes(model, 8) == 2 * activation_bytes(model, 4) > 4 * 4 * 64 * 64 * 3
    need = TRAINED * weights_of(model) + activation_bytes(model)
    require_training("It", model, TRAINED, need - weights_of(model))
    with pytest.raises(MemoryError, match="It does not fit"):
        require_training("It", model, TRAINED, need - weights_of(model) - 1)


def test_the_size_of_a_first_value_is_known_without_it():
    assert bytes_of(lambda: tf.zeros((10**6, 10**6))) == 4 * 10**12
    assert bytes_of(np.zeros(3)) == bytes_of(tf.zeros(6)) == 24
