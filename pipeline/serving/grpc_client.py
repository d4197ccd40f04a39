"""A served model over gRPC. It uses the protos of tensorflow-serving-api, which import TensorFlow."""

from __future__ import annotations

import ipaddress
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import grpc
from typing_extensions import Self

from pipeline.serving.calls import (
    CallSettings,
    Outputs,
    Signatures,
    ask_in_batches,
    check_signature,
    error_of,
    in_batches,
    is_ready,
    retried,
)


class Grpc:
    """A model in TF Serving at ``address`` (HOST:PORT), without TLS. Threads may share it.

    ``version`` or ``label`` names one of the server's versions; without them the newest one answers. The
    connections are opened at the first call and take turns; the settings say how many there are.
    """

    def __init__(
        self,
        address: str,
        name: str,
        version: int | None = None,
        label: str | None = None,
        settings: CallSettings | None = None,
    ) -> None:
        from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc

        self.where, self.name = f"grpc://{address}/{name}", name
        self.version, self.label = version, label
        self.settings = settings or CallSettings()
        self._channels = [channel_to(address, self.settings) for _ in range(self.settings.connections)]
        predicting = [prediction_service_pb2_grpc.PredictionServiceStub(c) for c in self._channels]
        self._stubs = itertools.cycle(predicting)
        self._models = model_service_pb2_grpc.ModelServiceStub(self._channels[0])
        self._signatures: Signatures = {}

    def predict(self, values: Sequence[bytes], signature: str = "serving_default") -> Outputs:
        """As ``InProcess.predict``; also raises NotServedError, UnavailableError, DeadlineError."""
        batches = in_batches(values, self.settings)
        return ask_in_batches(self, batches, signature, time.monotonic() + self.settings.timeout)

    def ask(self, batch: list[bytes], signature: str, version: int | None, deadline: float | None) -> Outputs:
        """The answer of ``version`` to one batch, which fits a message."""
        from tensorflow import make_ndarray
        from tensorflow_serving.apis import predict_pb2

        if signature not in self._signatures:
            self._signatures = self.signatures(deadline)
        (name,) = check_signature(signature, self._signatures, self.where)["inputs"]
        request = predict_pb2.PredictRequest(model_spec=self._spec(version))
        request.model_spec.signature_name = signature
        request.inputs[name].CopyFrom(tensor_of(batch))
        answer = self._call(lambda t: next(self._stubs).Predict(request, timeout=t), deadline)
        return {output: make_ndarray(tensor) for output, tensor in answer.outputs.items()}

    def signatures(self, deadline: float | None = None) -> Signatures:
        """As ``InProcess.signatures``, read from the server."""
        from tensorflow_serving.apis import get_model_metadata_pb2

        request = get_model_metadata_pb2.GetModelMetadataRequest(
            model_spec=self._spec(self.version), metadata_field=["signature_def"]
        )
        answer = self._call(lambda t: next(self._stubs).GetModelMetadata(request, timeout=t), deadline)
        told = get_model_metadata_pb2.SignatureDefMap()
        answer.metadata["signature_def"].Unpack(told)
        return {
            name: {"inputs": dtypes(one.inputs), "outputs": dtypes(one.outputs)}
            for name, one in told.signature_def.items()
            if not name.startswith("__")
        }

    def status(self, deadline: float | None = None) -> dict[int, str]:
        """{version: state} of all versions that the server knows; raises NotServedError if it knows none."""
        from tensorflow_serving.apis import get_model_status_pb2

        request = get_model_status_pb2.GetModelStatusRequest()
        request.model_spec.name = self.name
        answer = self._call(lambda t: self._models.GetModelStatus(request, timeout=t), deadline)
        state = get_model_status_pb2.ModelVersionStatus.State
        return {one.version: state.Name(one.state) for one in answer.model_version_status}

    def ready(self) -> bool:
        """Whether the version or label that was given can be asked now; without one, whether any can."""
        return is_ready(self)

    def close(self) -> None:
        """Closes the connections."""
        for channel in self._channels:
            channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _spec(self, version: int | None) -> Any:
        from tensorflow_serving.apis import model_pb2

        spec = model_pb2.ModelSpec(name=self.name)
        if version is not None:
            spec.version.value = version
        elif self.label is not None:
            spec.version_label = self.label
        return spec

    def _call(self, send: Callable[[float], Any], deadline: float | None = None) -> Any:
        def attempt(timeout: float) -> Any:
            try:
                return send(timeout)
            except grpc.RpcError as error:
                raise error_of(error.code().name, error.details(), self.where) from error

        return retried(attempt, self.settings, deadline or time.monotonic() + self.settings.timeout)


def channel_to(address: str, settings: CallSettings) -> grpc.Channel:
    """A connection that no other channel shares. gRPC's own retries are off: ours keep to the deadline."""
    options = {
        "grpc.max_send_message_length": settings.max_message_bytes + 4096,  # names beside the pictures
        "grpc.max_receive_message_length": settings.max_message_bytes,
        "grpc.use_local_subchannel_pool": 1,
        "grpc.enable_retries": 0,
        "grpc.initial_reconnect_backoff_ms": int(settings.first_wait * 1000) or 1,
        "grpc.max_reconnect_backoff_ms": int(settings.longest_wait * 1000) or 1,
        "grpc.enable_http_proxy": int(not on_this_machine(address)),
    }
    return grpc.insecure_channel(address, options=list(options.items()))


def on_this_machine(address: str) -> bool:
    """Whether ``HOST:PORT`` is this machine by its loopback, which no proxy leads to."""
    host = address.rsplit("/", 1)[-1].rsplit(":", 1)[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def tensor_of(values: list[bytes]) -> Any:
    """A string tensor (n,) of the values, as a TensorProto."""
    from tensorflow.core.framework import tensor_pb2, tensor_shape_pb2, types_pb2

    shape = tensor_shape_pb2.TensorShapeProto(dim=[{"size": len(values)}])
    return tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, tensor_shape=shape, string_val=values)


def dtypes(infos: Mapping[str, Any]) -> dict[str, str]:
    """{name: NumPy's name of the dtype} of a map of TensorInfos."""
    from tensorflow import as_dtype

    return {name: as_dtype(info.dtype).name for name, info in infos.items()}
