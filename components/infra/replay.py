"""Loads a served model and replays real requests against it, in a process of its own.

    python -m components.infra.replay MODEL_FOLDER REPLAY_FILE

The model is loaded as TF Serving loads it: by its ``serve`` tag, into a session, and called by the
signature's tensor names. The last line printed is a JSON object with ``problems``.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from components.infra.replay_file import load_replay

TOLERANCE = 1e-4  # of probabilities; of an embedding, times the length of the longest one


def call(session: Any, signature: Any, value: Sequence[bytes]) -> dict[str, np.ndarray]:
    """Runs a signature with one input on ``value``; returns output name to array."""
    (tensor,) = signature.inputs.values()
    outputs: dict[str, np.ndarray] = session.run(
        {name: t.name for name, t in signature.outputs.items()}, {tensor.name: value}
    )
    return outputs


def problems_of(outputs: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> list[str]:
    """What is wrong with ``serving_default``'s answer to the replayed requests, in words.

    A batch of another size is added up in another order, and the longer the embeddings, the more that
    changes: their distance is held against their length.

    ``expected`` has embedding (n, d); cluster (n,), which is -1 for none; and probability (n,), which is NaN
    for none and is served as 0. Of a classifier it has probability (n, c) alone.
    """
    problems = grouping_problems(outputs, expected) if "cluster" in expected else []
    told = np.nan_to_num(expected["probability"])
    difference = float(np.abs(outputs["probability"] - told).max(initial=0.0))
    if not difference <= TOLERANCE:
        problems.append(
            f"probabilities differ from the evaluation's by {difference:.2e}, allowed is {TOLERANCE:.0e}"
        )
    return problems


def grouping_problems(outputs: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> list[str]:
    """What is wrong with embeddings and clusters."""
    problems: list[str] = []
    difference = float(np.linalg.norm(outputs["embedding"] - expected["embedding"], axis=1).max())
    longest = float(np.linalg.norm(expected["embedding"], axis=1).max())
    if not difference <= TOLERANCE * longest:
        problems.append(
            f"embeddings lie {difference:.2e} from the Trainer's, allowed is {TOLERANCE:.0e} of the longest "
            f"one's length, {longest:.3g}"
        )
    wrong = int((outputs["cluster"] != expected["cluster"]).sum())
    if wrong:
        total = len(expected["cluster"])
        problems.append(f"{wrong} of {total} faces were given another cluster than in the evaluation")
    return problems


def replay(model_folder: str, replay_file: str) -> list[str]:
    """The problems found; an empty list if the model serves as it was evaluated."""
    import tensorflow as tf

    requests, expected, name = load_replay(replay_file)
    examples = requests if name == "examples" else [example_of(chip) for chip in requests]
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        signatures = tf.compat.v1.saved_model.load(session, ["serve"], model_folder).signature_def
        problems = problems_of(call(session, signatures["serving_default"], requests), expected)
        if "examples" in signatures:
            problems += problems_of(call(session, signatures["examples"], examples), expected)
        if "reconstruct" in signatures:
            again = call(session, signatures["reconstruct"], requests)["reconstruction"]
            if not np.isfinite(again).all():
                problems.append("a reconstruction is not finite")
    return problems


def example_of(chip: bytes) -> bytes:
    """A chip as a serialised tf.Example."""
    import tensorflow as tf

    feature = tf.train.Feature(bytes_list=tf.train.BytesList(value=[chip]))
    example = tf.train.Example(features=tf.train.Features(feature={"chip": feature}))
    serialized: bytes = example.SerializeToString()
    return serialized


def main(arguments: Sequence[str]) -> int:
    """Prints the problems as JSON; returns 1 if there are any."""
    problems = replay(*arguments)
    sys.stdout.write(json.dumps({"problems": problems}) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    sys.exit(main(sys.argv[1:]))
