"""facefold's side of ``benchmarks.pytorch``: ``go N`` lines in, seconds of N training steps out.

The step is the one of ``models.training.train``, fed by its own ``batches`` from cached images.
"""

import json
import os
import sys
import time

import keras
import numpy as np


def main(settings):
    """Serves steps until its input ends."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(settings["threads"])
    from models.autoencoders.layers import use_fast_convolutions
    from models.devices import devices
    from models.inputs.training_data import ExampleSet, batches
    from models.training.train import compiled_model
    from models.training_settings import plan_of

    with devices.dtype_policy("mixed_bfloat16" if settings["dtype"] == "bfloat16" else "float32"):
        model = compiled_model(plan_of({"model": "cae", "jit": "on" if settings["xla"] else "off"}))
    use_fast_convolutions(model, settings["fast"])
    images = np.random.default_rng(0).random((2 * settings["batch"], 64, 64, 3), np.float32)
    examples = ExampleSet(tf.data.Dataset.from_tensor_slices({"image": images}).cache(), len(images))
    endless = batches(examples, settings["batch"], 0, model.reads)

    def steps(count):
        clock = {}
        watch = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: clock.update(begin=time.perf_counter()),
            on_epoch_end=lambda epoch, logs: clock.update(end=time.perf_counter()),
        )
        model.fit(endless, steps_per_epoch=count, verbose=0, shuffle=False, callbacks=[watch])
        return clock["end"] - clock["begin"]

    steps(1)  # compiles
    print(json.dumps({"ready": tf.__version__}), flush=True)
    for line in sys.stdin:
        print(steps(int(line.split()[1])), flush=True)


if __name__ == "__main__":
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    main(json.loads(sys.argv[1]))
