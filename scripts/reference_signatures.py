"""The page on signatures: what a pushed model takes and gives, asked of a small one exported as a run's."""

import tempfile
from pathlib import Path

HEADING = """\
# Signatures of a pushed model

A pushed model is a SavedModel with the tag `serve`, in `<root>/serving/facefold/<version>`. B stands for
the number of pictures asked about at once, D for the length of the embedding, H and W for the sides of the
picture that the model reads.\
"""
CLOSING = """\
`cluster` is -1 for a face that is in no group. `unknown` is true for a face that is unlike all that the
model learned from; its `cluster` is then only the nearest. `reconstruct` is there with
`--set serve_decoder=true`, of a model that has a decoder.

A model of drawings takes `examples` in every signature, serialised tf.Examples with the feature
`strokes`; its `reconstruct` gives `strokes`, `reconstruction` and `error`.

The number of a cluster means nothing in another version of the model.\
"""
TAKES = {
    "image_bytes": "face chips, JPEG or PNG",
    "examples": "serialised tf.Examples with the feature `chip`",
}


def signatures_page():
    """The whole page."""
    rows = [
        f"| `{name}` | {taken(found['inputs'])} | {given(found['outputs'])} |"
        for name, found in sorted(asked().items(), key=lambda one: one[0] != "serving_default")
    ]
    table = "\n".join(["| signature | takes | gives |", "|---|---|---|", *rows])
    return f"{HEADING}\n\n{table}\n\n{CLOSING}\n"


def asked():
    """{signature: {"inputs", "outputs"}} of a small model, each {name: (dtype, shape)}."""
    import tensorflow as tf

    from tests.pipeline.serving.served_models import narrow_encoder, push

    with tempfile.TemporaryDirectory() as folder:
        narrow_encoder(Path(folder) / "encoder")
        push(Path(folder) / "encoder", Path(folder) / "1", decodes=True)
        signatures = tf.saved_model.load(f"{folder}/1").signatures
        return {
            name: {
                "inputs": specs(function.structured_input_signature[1]),
                "outputs": specs(function.structured_outputs),
            }
            for name, function in signatures.items()
        }


def specs(tensors):
    """{name: (dtype, rank)} of tensors, or of what stands for them."""
    return {name: (tensor.dtype.name, tensor.shape.rank) for name, tensor in sorted(tensors.items())}


def taken(inputs):
    """The cell about what a signature takes."""
    return "; ".join(
        f"`{name}` {dtype} {shape(rank)}: {TAKES[name]}" for name, (dtype, rank) in inputs.items()
    )


def given(outputs):
    """The cell about what a signature gives."""
    return ", ".join(f"`{name}` {dtype} {shape(rank)}" for name, (dtype, rank) in outputs.items())


def shape(rank):
    """A shape in letters: B rows of numbers, of embeddings, or of pictures."""
    return {1: "(B,)", 2: "(B, D)", 4: "(B, H, W, 3)"}[rank]
