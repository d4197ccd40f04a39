"""Flattenings of consensus subspace clustering: one after the other, side by side, or stacked in a network.

    python -m benchmarks.repeats [--side 28] [--pictures 2048] [--repeats 4]

One after the other: one network, new weights each time, all cores. Side by side: as many threads as cores, a
network each. Stacked: one network whose weights have an axis for the repeat, so that a step moves all.
Each way trains two epochs of random pictures, batches of 256, after a first one that traces; rounds take
turns, medians. Prints a line of JSON.
"""

import argparse
import json
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from pipeline.runners.tensorflow_environment import before_tensorflow

FEATURES, FILTERS, BATCH, EPOCHS = 500, 32, 256, 2


def after_another(images, repeats):
    """Returns a function that fits ``repeats`` flattenings, as the model csc does."""
    from models.subspaces.flattening import Flattening

    network = Flattening(images.shape[1:], FEATURES, FILTERS)
    return lambda epochs: [network.fit(images, seed, epochs) for seed in range(repeats)]


def side_by_side(images, repeats):
    """The same on a thread for each core."""
    from models.subspaces.flattening import Flattening

    cores = len(os.sched_getaffinity(0))
    networks = [Flattening(images.shape[1:], FEATURES, FILTERS) for _ in range(cores)]

    def fit(epochs):
        def every(core):
            return [networks[core].fit(images, seed, epochs) for seed in range(core, repeats, cores)]

        with ThreadPoolExecutor(cores) as pool:
            return list(pool.map(every, range(cores)))

    return fit


def stacked(images, repeats):
    """One network with ``repeats`` sets of weights, each with a loss of its own; their sum is trained."""
    import keras
    import tensorflow as tf

    side, channels = images.shape[1], images.shape[3]
    half = -(-side // 2)
    flat = half * half * FILTERS
    draw = keras.initializers.GlorotUniform(0)
    shapes = {
        "convolution": (3, 3, channels, FILTERS * repeats),
        "bottleneck": (repeats, flat, FEATURES),
        "unfolded": (repeats, FEATURES, flat),
        "again": (repeats, 3, 3, channels, FILTERS),
    }
    weights = {name: keras.Variable(draw(shape), name=name) for name, shape in shapes.items()}
    learnt = list(weights.values())
    optimizer = keras.optimizers.Adam(1e-3)
    optimizer.build(learnt)

    def step(pictures):
        with tf.GradientTape() as tape:
            maps = tf.nn.relu(tf.nn.conv2d(pictures, weights["convolution"].value, 2, "SAME"))
            rows = tf.reshape(maps, (-1, half * half, repeats, FILTERS))
            rows = tf.reshape(tf.transpose(rows, (2, 0, 1, 3)), (repeats, -1, flat))
            code = tf.nn.relu(tf.matmul(rows, weights["bottleneck"].value))
            wide = tf.reshape(
                tf.nn.relu(tf.matmul(code, weights["unfolded"].value)), (repeats, -1, half, half, FILTERS)
            )
            loss = 0.0
            for number in range(repeats):
                shape = tf.shape(pictures)
                kernel = weights["again"].value[number]
                logits = tf.nn.conv2d_transpose(wide[number], kernel, shape, 2, "SAME")
                loss += tf.reduce_mean(tf.square(tf.sigmoid(logits) - pictures))
        optimizer.apply(tape.gradient(loss, [one.value for one in learnt]), learnt)
        return loss

    compiled = tf.function(step, autograph=False)

    def fit(epochs):
        for _ in range(epochs):
            for start in range(0, len(images), BATCH):
                compiled(tf.constant(images[start : start + BATCH]))

    return fit


WAYS = {"one after the other": after_another, "side by side": side_by_side, "stacked": stacked}


def main():
    """Prints the medians and the ratios."""
    command = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    command.add_argument("--side", type=int, default=28)
    command.add_argument("--pictures", type=int, default=2048)
    command.add_argument("--repeats", type=int, default=4)
    command.add_argument("--rounds", type=int, default=3)
    options = command.parse_args()
    before_tensorflow()
    shape = options.pictures // BATCH * BATCH, options.side, options.side, 1
    images = np.random.default_rng(0).random(shape, np.float32)
    fits = {name: way(images, options.repeats) for name, way in WAYS.items()}
    for fit in fits.values():
        fit(1)
    seconds = {name: [] for name in fits}
    processor = {name: [] for name in fits}
    for _ in range(options.rounds):
        for name, fit in fits.items():
            began, cpu = time.perf_counter(), time.process_time()
            fit(EPOCHS)
            seconds[name].append(time.perf_counter() - began)
            processor[name].append(time.process_time() - cpu)
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    told = {
        name: {
            "seconds": round(middle[name], 2),
            "processor_seconds": round(statistics.median(processor[name]), 2),
            "over_one_after_the_other": round(middle[name] / middle["one after the other"], 2),
        }
        for name in fits
    }
    print(json.dumps({**vars(options), "load": round(os.getloadavg()[0], 1), **told}))


if __name__ == "__main__":
    main()
