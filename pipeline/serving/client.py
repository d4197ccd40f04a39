"""One way to ask a pushed model, wherever it runs: in this process, or in TF Serving over gRPC or REST.

    client = connect(model="facefold-runs/serving/facefold")       # in this process
    client = connect("localhost:8500")                             # TF Serving, gRPC
    client = connect("http://localhost:8501", label="stable")      # TF Serving, REST
    client.predict(chips)["cluster"]

Each has ``predict(values, signature)``, ``signatures()``, ``status()``, ``ready()`` and ``close()``, gives
the same answers and raises the errors of ``pipeline.serving.calls``. Importing this module imports neither
TFX nor TensorFlow.
"""

import os
from pathlib import Path

from pipeline.serving.calls import (
    CODES,
    CallSettings,
    ask_all,
    check_signature,
    error_of,
    in_batches,
)

SERVER = "FACEFOLD_SERVER"
NAME = "facefold"
SAVED = "saved_model.pb"


def connect(server=None, model=None, version=None, label=None, settings=None):
    """A client of the model: that of ``server``, or where there is none, of the folder ``model``.

    Args:
        server: ``HOST:PORT`` (gRPC), ``http://HOST:PORT`` or ``https://...`` (REST); None is what the
            environment variable FACEFOLD_SERVER says.
        model: a pushed model's folder, or that of its versions, which is asked in this process.
        version: int, one of the versions; None is the newest.
        label: a version label of the server's configuration.
        settings: a ``CallSettings``.

    Raises:
        ValueError: neither a server nor a model, or what is none.
    """
    server = server or os.environ.get(SERVER)
    settings = settings or CallSettings()
    if version is not None and label is not None:
        raise ValueError(
            f"Both version {version} and label {label!r} are given. Expected one of them, or none."
        )
    if not server:
        if model is None:
            raise ValueError(
                f"There is no model to ask. Expected a server (HOST:PORT, or {SERVER}), or a pushed model's "
                "folder."
            )
        if label is not None:
            raise ValueError(
                f"Label {label!r} has no server that knows it. Expected a version, or a server. Labels "
                "are in the server's configuration only."
            )
        return InProcess(model if version is None else Path(model) / str(version), settings)
    if server.startswith(("http://", "https://")):
        from pipeline.serving.rest_client import Rest

        return Rest(server, NAME, version, label, settings)
    from pipeline.serving.grpc_client import Grpc

    return Grpc(server.removeprefix("grpc://"), NAME, version, label, settings)


def newest(folder):
    """``folder`` itself where it is a SavedModel, or its version of the highest number; None without."""
    if (folder / SAVED).is_file():
        return folder
    if not folder.is_dir():
        return None
    versions = [child for child in folder.iterdir() if child.name.isdigit() and (child / SAVED).is_file()]
    return max(versions, key=lambda child: int(child.name), default=None)


class InProcess:
    """A pushed model, loaded into this process.

    Its calls can't be stopped: of ``settings`` only ``max_batch`` and ``max_image_bytes`` count. Threads may
    share it.

    Args:
        model: the folder of a SavedModel, or that of versions, of which the newest is loaded.
        settings: a ``CallSettings``.
    """

    def __init__(self, model, settings=None):
        self.folder = newest(Path(model).expanduser())
        if self.folder is None:
            raise ValueError(
                f"{model} holds no model. Expected {SAVED} in it or in a version below it. Give the folder "
                "that `facefold run` names as the pushed model."
            )
        import tensorflow as tf

        self.settings = settings or CallSettings()
        self.where = str(self.folder)
        self._model = tf.saved_model.load(self.where)

    def predict(self, values, signature="serving_default"):
        """What ``signature`` answers to ``values``.

        Args:
            values: n chips, encoded (bytes), or n serialised tf.Examples, as the signature takes them.
            signature: one of ``signatures()``.

        Returns:
            dict of output name to array with n rows.

        Raises:
            RefusedError: one is no picture, or there is no such signature.
            TooLargeError: one is larger than ``max_image_bytes``.
        """
        return ask_all(self, in_batches(values, self.settings), signature, None, None)

    def ask(self, batch, signature, version, deadline):
        """The answer to one batch; there is one version, and no deadline."""
        import tensorflow as tf

        (name,) = check_signature(signature, self.signatures(), self.where)["inputs"]
        function = self._model.signatures[signature]
        try:
            outputs = function(**{name: tf.constant(batch)})
        except tf.errors.OpError as error:
            raise error_of(CODES[error.error_code], error.message, self.where) from error
        return {output: value.numpy() for output, value in outputs.items()}

    def signatures(self):
        """{signature: {"inputs": {name: dtype}, "outputs": {name: dtype}}}, dtypes as NumPy's names."""
        return {
            name: {
                "inputs": {k: spec.dtype.name for k, spec in function.structured_input_signature[1].items()},
                "outputs": {k: tensor.dtype.name for k, tensor in function.structured_outputs.items()},
            }
            for name, function in self._model.signatures.items()
        }

    def status(self):
        """{version: state}, as TF Serving tells it; of a folder that is no version the version is 0."""
        return {int(self.folder.name) if self.folder.name.isdigit() else 0: "AVAILABLE"}

    def ready(self):
        """Whether it can be asked now."""
        return bool(self.status())

    def close(self):
        """Lets the model go."""
        self._model = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
