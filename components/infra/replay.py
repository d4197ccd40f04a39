"""Run as a process of its own: loads a served model and replays real requests against it.

    python -m components.infra.replay MODEL_FOLDER REPLAY_FILE

The model is loaded the way TF Serving does: by its ``serve`` tag, into a session, called by the
signature's tensor names. The last line printed is a JSON object with ``problems``.
"""

import json
import logging
import sys

import numpy as np

TOLERANCE = 1e-4


def load_replay(path):
    """A ``replay.npz``: its requests, the answers expected to them by output, and the input's name."""
    with np.load(path, allow_pickle=True) as replay:
        expected = {name: replay[name] for name in ("embedding", "cluster", "probability")}
        return list(replay["requests"]), expected, str(replay["input_name"])


def call(session, signature, value):
    """Runs a signature with one input on ``value``; output name to array."""
    (tensor,) = signature.inputs.values()
    return session.run({name: t.name for name, t in signature.outputs.items()}, {tensor.name: value})


def problems_of(outputs, expected):
    """What is wrong with ``serving_default``'s answer to the replayed requests, in words.

    ``expected``: embedding (n, d), cluster (n,), -1 for none, and probability (n,), NaN for none, which is
    served as 0.
    """
    problems = []
    difference = float(np.abs(outputs["embedding"] - expected["embedding"]).max())
    if not difference <= TOLERANCE:
        problems.append(
            f"embeddings differ from the Trainer's by {difference:.2e}, allowed is {TOLERANCE:.0e}"
        )
    wrong = int((outputs["cluster"] != expected["cluster"]).sum())
    if wrong:
        total = len(expected["cluster"])
        problems.append(f"{wrong} of {total} faces were given another cluster than in the evaluation")
    told = np.nan_to_num(expected["probability"])
    difference = float(np.abs(outputs["probability"] - told).max())
    if not difference <= TOLERANCE:
        problems.append(
            f"probabilities differ from the evaluation's by {difference:.2e}, allowed is {TOLERANCE:.0e}"
        )
    return problems


def replay(model_folder, replay_file):
    """Problems found, an empty list if the model serves as it was evaluated."""
    import tensorflow as tf

    requests, expected, name = load_replay(replay_file)
    examples = requests if name == "examples" else [example_of(chip) for chip in requests]
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        signatures = tf.compat.v1.saved_model.load(session, ["serve"], model_folder).signature_def
        problems = problems_of(call(session, signatures["serving_default"], requests), expected)
        problems += problems_of(call(session, signatures["examples"], examples), expected)
        if "reconstruct" in signatures:
            again = call(session, signatures["reconstruct"], requests)["reconstruction"]
            if not np.isfinite(again).all():
                problems.append("a reconstruction is not finite")
    return problems


def example_of(chip):
    """A chip as a serialised tf.Example."""
    import tensorflow as tf

    feature = tf.train.Feature(bytes_list=tf.train.BytesList(value=[chip]))
    return tf.train.Example(features=tf.train.Features(feature={"chip": feature})).SerializeToString()


def main(arguments):
    """Prints the problems as JSON; returns 1 if there are any."""
    problems = replay(*arguments)
    sys.stdout.write(json.dumps({"problems": problems}) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    sys.exit(main(sys.argv[1:]))
