"""A served model over gRPC, by the protos of tensorflow-serving-api, which import TensorFlow."""

import itertools
import time

import grpc

from pipeline.serving.calls import (
    CallSettings,
    ask_in_batches,
    check_signature,
    error_of,
    in_batches,
    is_ready,
    retried,
)


class Grpc:
    """A model in TF Serving at ``address`` (HOST:PORT), without TLS. Threads may share it.

    ``version`` (int) or ``label`` names one of the server's versions; without, the newest answers.
    ``connections`` of the settings are opened at the first call, and take turns.
    """

    def __init__(self, address, name, version=None, label=None, settings=None):
        from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc

        self.where, self.name = f"grpc://{address}/{name}", name
        self.version, self.label = version, label
        self.settings = settings or CallSettings()
        self._channels = [channel_to(address, self.settings) for _ in range(self.settings.connections)]
        predicting = [prediction_service_pb2_grpc.PredictionServiceStub(c) for c in self._channels]
        self._stubs = itertools.cycle(predicting)
        self._models = model_service_pb2_grpc.ModelServiceStub(self._channels[0])
        self._signatures = {}

    def predict(self, values, signature="serving_default"):
        """As ``InProcess.predict``; also raises NotServedError, UnavailableError, DeadlineError."""
        batches = in_batches(values, self.settings)
        return ask_in_batches(self, batches, signature, time.monotonic() + self.settings.timeout)

    def ask(self, batch, signature, version, deadline):
        """The answer of ``version`` to one batch that fits a message."""
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

    def signatures(self, deadline=None):
        """As ``InProcess.signatures``, told by the server."""
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

    def status(self, deadline=None):
        """{version: state} of all versions that the server knows; raises NotServedError for none."""
        from tensorflow_serving.apis import get_model_status_pb2

        request = get_model_status_pb2.GetModelStatusRequest()
        request.model_spec.name = self.name
        answer = self._call(lambda t: self._models.GetModelStatus(request, timeout=t), deadline)
        state = get_model_status_pb2.ModelVersionStatus.State
        return {one.version: state.Name(one.state) for one in answer.model_version_status}

    def ready(self):
        """Whether a version can be asked now, or the one that was named."""
        return is_ready(self)

    def close(self):
        """Closes the connections."""
        for channel in self._channels:
            channel.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _spec(self, version):
        from tensorflow_serving.apis import model_pb2

        spec = model_pb2.ModelSpec(name=self.name)
        if version is not None:
            spec.version.value = version
        elif self.label is not None:
            spec.version_label = self.label
        return spec

    def _call(self, send, deadline=None):
        def attempt(timeout):
            try:
                return send(timeout)
            except grpc.RpcError as error:
                raise error_of(error.code().name, error.details(), self.where) from error

        return retried(attempt, self.settings, deadline or time.monotonic() + self.settings.timeout)


def channel_to(address, settings):
    """A connection of its own; retries are ours, so that they keep to the deadline."""
    options = {
        "grpc.max_send_message_length": settings.max_message_bytes + 4096,  # names beside the pictures
        "grpc.max_receive_message_length": settings.max_message_bytes,
        "grpc.use_local_subchannel_pool": 1,
        "grpc.enable_retries": 0,
        "grpc.initial_reconnect_backoff_ms": int(settings.first_wait * 1000) or 1,
        "grpc.max_reconnect_backoff_ms": int(settings.longest_wait * 1000) or 1,
    }
    return grpc.insecure_channel(address, options=list(options.items()))


def tensor_of(values):
    """A string tensor (n,) of bytes, as a TensorProto."""
    from tensorflow.core.framework import tensor_pb2, tensor_shape_pb2, types_pb2

    shape = tensor_shape_pb2.TensorShapeProto(dim=[{"size": len(values)}])
    return tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, tensor_shape=shape, string_val=values)


def dtypes(infos):
    """{name: NumPy's name of the dtype} of a map of TensorInfos."""
    from tensorflow import as_dtype

    return {name: as_dtype(info.dtype).name for name, info in infos.items()}
