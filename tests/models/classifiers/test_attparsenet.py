"""AttParseNet against its table, its masks against masks made by hand, and its two stages."""

import numpy as np
import pytest
import tensorflow as tf

from models.classifiers.attparsenet import AttParseNet, OneHeadEach
from models.classifiers.catalog import classifier_entry
from models.classifiers.region_masks import masks, membership, unpacked
from models.classifiers.settings import AttParseNetSettings
from models.classifiers.variation import mirrored_at_random, mirrored_regions, repaired
from models.training.train import train
from models.training_settings import plan_of
from schemas.attribute_regions import ATTRIBUTE_REGIONS, NOT_IMPROVED
from schemas.face_regions import REGIONS
from tests.models.classifiers.labelled_faces import TARGETS, labelled, packed, regions_of

# Row by row: output and parameters (P2's table, 218x178 in, 40 attributes).
TABLE = (
    ((212, 172, 75), 11_100), ((106, 86, 75), 0), ((104, 84, 200), 135_200), ((102, 82, 300), 540_300),
    ((100, 80, 512), 1_382_912), ((98, 78, 512), 2_359_808), ((96, 76, 40), 184_360), ((40,), 291_880),
)  # fmt: skip
ROWS = ("Conv2D", "MaxPooling2D", "OneHeadEach")
SMALL = {"columns": TARGETS, "height": 40, "width": 36, "width_multiplier": 0.06}
SHAPE = AttParseNetSettings(height=40, width=36).maps_size


def test_the_network_is_the_papers_table():
    model = AttParseNet(columns=tuple(ATTRIBUTE_REGIONS))
    rows = [layer for layer in model.network.layers if type(layer).__name__ in ROWS]
    assert [(tuple(row.output.shape[1:]), row.count_params()) for row in rows] == list(TABLE)
    assert model.network.count_params() == 4_905_560
    assert model.settings.maps_size == (96, 76)


def test_the_codes_ways_are_reached_by_settings():
    shared = AttParseNet(**SMALL, shared_head=True).network
    assert shared.layers[-1].name != "one_head_each"
    heads = [layer for layer in shared.layers if type(layer).__name__ == "Dense"]
    assert [layer.kernel.shape for layer in heads] == [(SHAPE[0] * SHAPE[1] * 3, 3)]
    normed = AttParseNet(**SMALL, batch_norm=True).network
    assert sum(type(layer).__name__ == "BatchNorm" for layer in normed.layers) == 6
    assert not [layer for layer in AttParseNet(**SMALL).network.layers if type(layer).__name__ == "BatchNorm"]


def test_each_head_reads_its_own_map_alone():
    layer = OneHeadEach()
    maps = np.random.default_rng(0).normal(size=(2, 4, 3, 5)).astype(np.float32)
    found = np.asarray(layer(maps))
    layer.bias.assign(np.arange(5.0))
    by_hand = np.einsum("bhwn,hwn->bn", maps, np.asarray(layer.kernel).reshape(4, 3, 5))
    np.testing.assert_allclose(found, by_hand, atol=12 * 2**-23)
    np.testing.assert_allclose(layer(maps), by_hand + np.arange(5), atol=20 * 2**-23)
    other = maps.copy()
    other[..., 2] = 9
    assert (np.asarray(layer(other))[:, [0, 1, 3, 4]] == np.asarray(layer(maps))[:, [0, 1, 3, 4]]).all()


def test_the_regions_of_the_40_attributes():
    table = membership(tuple(ATTRIBUTE_REGIONS))
    assert table.shape == (10, 40)
    each = dict(zip(REGIONS, table.sum(axis=1).astype(int), strict=True))
    # 10 of the hair; by hand from the table: 4 alone, glasses, make-up, oval face, 2 beards, pale, chubby, 4 whole.
    assert each["top_of_head"] == 10 + 4
    assert each["cheeks"] == 4 + 2 + 1 + 2 + 2 + 4
    assert each["ears"] == 2 + 4
    assert [name for name, parts in ATTRIBUTE_REGIONS.items() if len(parts) == 10] == [
        *("Attractive", "Blurry", "Male", "Young")
    ]
    assert {name: len(missed) for name, missed in NOT_IMPROVED.items()} == {
        "CelebA": 16,
        "LFWA": 5,
        "UMD-AED": 6,
    }
    assert {one for missed in NOT_IMPROVED.values() for one in missed} <= set(ATTRIBUTE_REGIONS)
    assert membership(("a column of my own",)).sum() == 10


def test_packed_regions_come_back_pixel_for_pixel():
    regions = np.random.default_rng(1).random((3, 10, 7, 5)) < 0.4  # 35 pixels: the last byte is not full
    found = np.asarray(unpacked(packed(regions), (7, 5)))
    np.testing.assert_array_equal(found.transpose(0, 3, 1, 2), regions)


def test_a_mask_is_the_union_of_its_regions_where_the_answer_is_yes():
    regions = regions_of(3, (12, 12))
    regions[2] = False  # nothing is known of this face
    targets = np.array([[1, 0, -1, 1], [1, 1, 1, 0], [1, 0, 1, 1]])
    columns = ("Smiling", "Bangs", "Big_Nose", "Young")
    wanted, known = masks(regions.transpose(0, 2, 3, 1).astype(np.float32), targets, membership(columns))
    names = list(REGIONS)
    mouth, hair, nose = (regions[0, names.index(one)] for one in ("mouth", "top_of_head", "nose"))
    np.testing.assert_array_equal(wanted[0, :, :, 0], mouth)
    np.testing.assert_array_equal(wanted[0, :, :, 3], mouth | hair | nose)
    np.testing.assert_array_equal(wanted[1, :, :, 1], hair)
    assert not np.asarray(wanted)[0, :, :, 1].any()
    np.testing.assert_array_equal(known, [[1, 1, 0, 1], [1, 1, 1, 1], [0, 0, 0, 0]])


def test_a_mirrored_face_has_mirrored_regions():
    regions = np.random.default_rng(2).random((4, 10, 7, 5)) < 0.4
    found = mirrored_regions(tf.constant(packed(regions)), (7, 5)).numpy()
    np.testing.assert_array_equal(found, packed(regions[:, :, :, ::-1]))
    np.testing.assert_array_equal(mirrored_regions(tf.constant(found), (7, 5)), packed(regions))
    images = np.random.default_rng(3).random((4, 7, 5, 3)).astype(np.float32)
    batch = {
        "image": tf.constant(images),
        "regions": tf.constant(packed(regions)),
        "targets": tf.zeros((4, 1)),
    }
    turns = set()
    for seed in range(4):
        varied = mirrored_at_random(batch, tf.constant([7, seed], tf.int64), (7, 5))
        for row in range(4):
            turned = bool((varied["image"][row].numpy() == images[row, :, ::-1]).all())
            turns.add(turned)
            expected = (
                (images[row, :, ::-1], regions[row, :, :, ::-1]) if turned else (images[row], regions[row])
            )
            np.testing.assert_array_equal(varied["image"][row], expected[0])
            np.testing.assert_array_equal(varied["regions"][row], packed(expected[1][None])[0])
    assert turns == {True, False}


def test_a_yes_that_is_hidden_becomes_a_no_and_nothing_else_changes():
    regions = regions_of(3, (12, 12))
    regions[1, list(REGIONS).index("mouth")] = False
    regions[2] = False  # a face of which no region is known keeps its answers
    targets = tf.constant([[1, 1, 0], [1, 1, -1], [1, 0, -1]], tf.int64)
    found = repaired(targets, tf.constant(packed(regions)), membership(TARGETS))
    np.testing.assert_array_equal(found, [[1, 1, 0], [0, 1, -1], [1, 0, -1]])


def test_the_first_stage_learns_masks_alone_and_never_wins(tmp_path):
    data = labelled(32, (40, 36), SHAPE), labelled(16, (40, 36), SHAPE, 5)
    values = {
        **SMALL,
        "model": "attparsenet",
        "mask_epochs": 2,
        "jit": "off",
        "dtype": "float32",
        "batch_size": 16,
    }
    plan = plan_of(values | {"epochs": 2}, classifier_entry)
    model, history = train(*data, plan, tmp_path / "first")
    assert [row["loss"] for row in history] == pytest.approx([row["masks"] for row in history], rel=1e-6)
    heads = (
        model.network.get_layer(index=-2)
        if not model.network.layers[-1].weights
        else model.network.layers[-1]
    )
    np.testing.assert_array_equal(heads.bias, np.zeros(3))  # no answer has taught them
    _, history = train(*data, plan_of(values | {"epochs": 4}, classifier_entry), tmp_path / "both")
    for row in history[2:]:
        assert row["loss"] == pytest.approx(row["masks"] + row["cross_entropy"], rel=1e-5)


def test_without_masks_no_region_is_learned_from(tmp_path):
    data = labelled(32, (40, 36), SHAPE)
    other = type(data)(data.dataset.map(lambda one: one | {"regions": 255 - one["regions"]}), data.n)
    values = {
        **SMALL,
        "model": "attparsenet",
        "mask_weight": 0.0,
        "epochs": 2,
        "jit": "off",
        "dtype": "float32",
    }
    found = [
        np.asarray(
            train(one, one, plan_of(values, classifier_entry), tmp_path / str(i))[0].logits(
                data.array("image")
            )
        )
        for i, one in enumerate((data, other))
    ]
    np.testing.assert_array_equal(*found)


def test_a_network_without_a_column_says_so():
    with pytest.raises(ValueError, match="learns no column.*set target_columns"):
        AttParseNet()
