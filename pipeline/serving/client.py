"""The same calls for a pushed model wherever it runs: in this process, or in TF Serving over gRPC or REST.

    client = connect(model="facefold-runs/serving/facefold")       # in this process
    client = connect("localhost:8500")                             # TF Serving, gRPC
    client = connect("http://localhost:8501", label="stable")      # TF Serving, REST
    client.predict(chips)["cluster"]

Each is a ``Client``, gives the same answers and raises the errors of ``pipeline.serving.calls``. Importing
this module imports neither TFX nor TensorFlow.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from typing_extensions import Self

from pipeline.runners.output import start_tensorflow
from pipeline.serving.calls import (
    CODES,
    CallSettings,
    Outputs,
    Signatures,
    ask_all,
    check_signature,
    error_of,
    in_batches,
)
from schemas.paths import absolute

SERVER = "FACEFOLD_SERVER"
NAME = "facefold"
SAVED = "saved_model.pb"


class Client(Protocol):
    """A model that can be asked, and is closed at the end of a ``with``. ``where`` names it in errors."""

    where: str

    def predict(self, values: Sequence[bytes], signature: str = "serving_default") -> Outputs:
        """What ``signature`` answers to ``values``, as ``InProcess.predict``."""

    def signatures(self) -> Signatures:
        """The model's signatures, with the names and dtypes of their inputs and outputs."""

    def status(self) -> dict[int, str]:
        """{version: state} of all versions that are known."""

    def ready(self) -> bool:
        """Whether the model can be asked now."""

    def close(self) -> None:
        """Lets go of the model, or of the connections to it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def connect(
    server: str | None = None,
    model: str | Path | None = None,
    version: int | None = None,
    label: str | None = None,
    settings: CallSettings | None = None,
) -> Client:
    """A client of the model at ``server``, or of the one in the folder ``model`` where there is no server.

    Args:
        server: ``HOST:PORT`` (gRPC), ``http://HOST:PORT`` or ``https://...`` (REST). Where it is None, the
            environment variable FACEFOLD_SERVER says it.
        model: the folder of a pushed model, or the one with its versions; it is loaded into this process.
        version: one of the versions; None is the newest.
        label: a version label in the server's configuration.
        settings: the limits of a call.

    Raises:
        ValueError: there is neither a server nor a model, the folder holds no model, a label comes without a
            server, or with a version.
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


def newest(folder: Path) -> Path | None:
    """``folder`` itself if it is a SavedModel, else the version below it with the highest number, or None."""
    if (folder / SAVED).is_file():
        return folder
    if not folder.is_dir():
        return None
    versions = [child for child in folder.iterdir() if child.name.isdigit() and (child / SAVED).is_file()]
    return max(versions, key=lambda child: int(child.name), default=None)


class InProcess:
    """A pushed model, loaded into this process. Threads may share it.

    A call in this process can't be interrupted, so that only the sizes in ``settings`` matter:
    ``max_batch``, ``max_image_bytes`` and ``max_message_bytes``.

    Args:
        model: the folder of a SavedModel, or one with versions, of which the newest is loaded.
        settings: the limits of a call.
    """

    def __init__(self, model: str | Path, settings: CallSettings | None = None) -> None:
        folder = newest(absolute(model, "model"))
        if folder is None:
            raise ValueError(
                f"{model} holds no model. Expected {SAVED} in it or in a version below it. Give the folder "
                "that `facefold run` names as the pushed model."
            )
        start_tensorflow()
        import tensorflow as tf

        self.folder = folder
        self.settings = settings or CallSettings()
        self.where = str(self.folder)
        self._model: Any = tf.saved_model.load(self.where)

    def predict(self, values: Sequence[bytes], signature: str = "serving_default") -> Outputs:
        """What ``signature`` answers to ``values``.

        Args:
            values: n encoded chips, or n serialised tf.Examples, whichever the signature takes.
            signature: one of ``signatures()``.

        Returns:
            Output name to an array with n rows.

        Raises:
            RefusedError: a value is not a picture, or there is no such signature.
            TooLargeError: a value is larger than ``max_image_bytes``.
            ValueError: there is no value.
        """
        return ask_all(self, in_batches(values, self.settings), signature, None, None)

    def ask(self, batch: list[bytes], signature: str, version: int | None, deadline: float | None) -> Outputs:
        """The answer to one batch. The version and the deadline are ignored: one model is loaded."""
        import tensorflow as tf

        (name,) = check_signature(signature, self.signatures(), self.where)["inputs"]
        function = self._model.signatures[signature]
        try:
            outputs = function(**{name: tf.constant(batch)})
        except tf.errors.OpError as error:
            raise error_of(CODES[error.error_code], error.message, self.where) from error
        except UnicodeDecodeError as error:  # TensorFlow's message holds the bytes that it could not parse
            said = f"{name}[0] is no serialised tf.Example"
            raise error_of("INVALID_ARGUMENT", said, self.where) from error
        return {output: value.numpy() for output, value in outputs.items()}

    def signatures(self) -> Signatures:
        """{signature: {"inputs": {name: dtype}, "outputs": {name: dtype}}}, dtypes by NumPy's names."""
        return {
            name: {
                "inputs": {k: spec.dtype.name for k, spec in function.structured_input_signature[1].items()},
                "outputs": {k: tensor.dtype.name for k, tensor in function.structured_outputs.items()},
            }
            for name, function in self._model.signatures.items()
        }

    def status(self) -> dict[int, str]:
        """{version: state}, as TF Serving tells it. The version is 0 if the folder's name is not a number."""
        return {int(self.folder.name) if self.folder.name.isdigit() else 0: "AVAILABLE"}

    def ready(self) -> bool:
        """Whether the model can be asked now."""
        return bool(self.status())

    def close(self) -> None:
        """Lets go of the model."""
        self._model = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
