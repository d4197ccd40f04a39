"""A SavedModel that can be read but not loaded, for tests."""

from tensorflow.core.protobuf import saved_model_pb2


def write_model(folder, takes="image_bytes"):
    """Writes a SavedModel that says what it takes, and has nothing else."""
    content = saved_model_pb2.SavedModel()
    signature = content.meta_graphs.add().signature_def["serving_default"]
    signature.inputs[takes].name = "x"
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(content.SerializeToString())
