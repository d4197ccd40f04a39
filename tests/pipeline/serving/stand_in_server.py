"""A stand-in for TF Serving: its gRPC and REST protocols over loopback, the model run by session.

    python -m tests.pipeline.serving.stand_in_server BASE_PATH      # prints the two ports as JSON, until stdin ends

TF Serving's own binary is in none of the registries that the tests may use. What this can't show: its speed,
its batching, its memory. For tests, ``failures`` are gRPC codes for the predictions to come, and ``held``
events that they wait for, taken one by one.
"""

import base64
import contextlib
import json
import re
import sys
import threading
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import grpc
import numpy as np
import tensorflow as tf
from google.protobuf import json_format
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from tests.patience import PATIENCE
from tests.pipeline.serving.stand_in_models import (
    DEFAULT_SIGNATURE,
    Model,
    Models,
    StandInError,
    input_problem,
)

HTTP = {
    "INVALID_ARGUMENT": 400, "FAILED_PRECONDITION": 400, "NOT_FOUND": 404, "RESOURCE_EXHAUSTED": 429,
    "UNAVAILABLE": 503, "DEADLINE_EXCEEDED": 504,
}  # fmt: skip
PREDICT = re.compile(r"(?i)/v1/models/([^/:]+)(?:/versions/(\d+)|/labels/([^/:]+))?:(predict)")
STATUS = re.compile(r"(?i)/v1/models/([^/:]+)(?:/versions/(\d+)|/labels/([^/:]+))?(?:/(metadata))?")


class StandIn:
    """The running stand-in: ``grpc`` and ``rest`` are its addresses, ``models`` a ``Models``."""

    def __init__(self, models, threads=8):
        self.models, self.failures, self.held, self.asked = models, [], [], 0
        self.connections = 0  # over REST
        self._lock = threading.Lock()
        self._grpc = grpc.server(
            futures.ThreadPoolExecutor(threads),
            options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
        )
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Predictions(self), self._grpc)
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(Management(self), self._grpc)
        self.grpc = f"127.0.0.1:{self._grpc.add_insecure_port('127.0.0.1:0')}"
        self._grpc.start()
        self._rest = ThreadingHTTPServer(("127.0.0.1", 0), RestHandler)
        self._rest.daemon_threads, self._rest.stand_in = True, self
        self.rest = f"http://127.0.0.1:{self._rest.server_address[1]}"
        threading.Thread(target=self._rest.serve_forever, daemon=True).start()

    def predict(self, spec, inputs, output_filter=()):
        """The number of the version that answers, the signature's name, and output name to array."""
        with self._lock:
            self.asked += 1
            failure = self.failures.pop(0) if self.failures else None
            gate = self.held.pop(0) if self.held else None
        if gate is not None:
            gate.wait(PATIENCE)
        if failure is not None:
            raise StandInError(failure, "a failure that the test asked for")
        name, number, label, signature_name = spec
        signature_name = signature_name or DEFAULT_SIGNATURE
        with self.models.using(name, number, label) as (number, version):
            if signature_name not in version.signature_def:
                raise StandInError(
                    "FAILED_PRECONDITION", f'Serving signature key "{signature_name}" not found.'
                )
            signature = version.signature_def[signature_name]
            problem = input_problem(signature, inputs)
            if problem is not None:
                raise StandInError("INVALID_ARGUMENT", problem)
            return number, signature_name, version.run(signature, inputs, output_filter)

    def metadata(self, name, number=None, label=None):
        """A GetModelMetadataResponse."""
        number, version = self.models.find(name, number, label)
        told = get_model_metadata_pb2.SignatureDefMap()
        for key, signature in version.signature_def.items():
            told.signature_def[key].CopyFrom(signature)
        answer = get_model_metadata_pb2.GetModelMetadataResponse()
        answer.model_spec.name, answer.model_spec.version.value = name, number
        answer.metadata["signature_def"].Pack(told)
        return answer

    def status(self, name, number=None):
        """A GetModelStatusResponse."""
        answer = get_model_status_pb2.GetModelStatusResponse()
        for version, state in sorted(self.models.states(name, number).items(), reverse=True):
            row = answer.model_version_status.add(version=version)
            row.state = get_model_status_pb2.ModelVersionStatus.State.Value(state)
            row.status.error_code = 0
        return answer

    def close(self):
        self._grpc.stop(None).wait()
        self._rest.shutdown()
        self._rest.server_close()
        self.models.close()


def spec_of(spec):
    number = spec.version.value if spec.HasField("version") else None
    return spec.name, number, spec.version_label, spec.signature_name


def aborting(call):
    """``call(request)`` as gRPC wants it."""

    def handle(request, context):
        try:
            return call(request)
        except StandInError as error:
            context.abort(grpc.StatusCode[error.code], str(error))

    return handle


class Predictions(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, stand_in):
        self.stand_in = stand_in
        self.Predict, self.GetModelMetadata = aborting(self.predict), aborting(self.metadata)

    def predict(self, request):
        inputs = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
        found = self.stand_in.predict(spec_of(request.model_spec), inputs, request.output_filter)
        number, signature_name, outputs = found
        answer = predict_pb2.PredictResponse()
        answer.model_spec.name = request.model_spec.name
        answer.model_spec.version.value, answer.model_spec.signature_name = number, signature_name
        for name, value in outputs.items():
            answer.outputs[name].CopyFrom(as_proto_field(value))
        return answer

    def metadata(self, request):
        if list(request.metadata_field) != ["signature_def"]:
            raise StandInError("INVALID_ARGUMENT", "Metadata field is not supported: expected signature_def")
        return self.stand_in.metadata(*spec_of(request.model_spec)[:3])


class Management(model_service_pb2_grpc.ModelServiceServicer):
    def __init__(self, stand_in):
        self.stand_in = stand_in
        self.GetModelStatus = aborting(lambda request: self.stand_in.status(*spec_of(request.model_spec)[:2]))
        self.HandleReloadConfigRequest = aborting(self.reload)

    def reload(self, request):
        self.stand_in.models.reload(request.config)
        return model_management_pb2.ReloadConfigResponse()


def as_proto_field(value):
    """A TensorProto by its typed field, as TF Serving answers by default, not by ``tensor_content``."""
    tensor = tf.make_tensor_proto(np.zeros(0, value.dtype), shape=(0,))
    tensor.ClearField("tensor_content")
    tensor.tensor_shape.CopyFrom(tf.TensorShape(value.shape).as_proto())
    field = {"f": "float_val", "d": "double_val", "?": "bool_val", "O": "string_val"}.get(
        value.dtype.char, "int64_val" if value.dtype == np.int64 else "int_val"
    )
    getattr(tensor, field).extend(value.ravel().tolist())
    return tensor


class RestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or a small answer waits 40 ms for the client's acknowledgement

    def setup(self):
        self.server.stand_in.connections += 1
        super().setup()

    def log_message(self, *_):
        pass

    def do_GET(self):
        found = STATUS.fullmatch(self.path)
        self.answer(self.told, found)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(lambda *spec: self.predict(body, *spec), PREDICT.fullmatch(self.path))

    def answer(self, call, found):
        try:
            if found is None:
                raise StandInError("INVALID_ARGUMENT", f"Malformed request: {self.command} {self.path}")
            name, number, label, what = found.groups()
            spec = unquote(name), number and int(number), label and unquote(label), what
            status, content = 200, call(*spec)
        except StandInError as error:
            status, content = HTTP.get(error.code, 500), {"error": str(error)}
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # who asked has given up
            self.send(status, json.dumps(content, indent=4).encode())

    def send(self, status, content):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def told(self, name, number, label, what):
        stand_in = self.server.stand_in
        if what is None:
            return json_format.MessageToDict(
                stand_in.status(name, number), preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
            )  # fmt: skip
        answer = stand_in.metadata(name, number, label)
        told = get_model_metadata_pb2.SignatureDefMap()
        answer.metadata["signature_def"].Unpack(told)
        plain = json_format.MessageToDict(told, preserving_proto_field_name=True)
        spec = {"name": name, "signature_name": "", "version": str(answer.model_spec.version.value)}
        return {"model_spec": spec, "metadata": {"signature_def": plain}}

    def predict(self, body, name, number, label, _):
        stand_in = self.server.stand_in
        try:
            asked = json.loads(body)
        except ValueError as error:
            raise StandInError("INVALID_ARGUMENT", f"JSON Parse error: {error}") from error
        signature_name = asked.get("signature_name") or DEFAULT_SIGNATURE
        _, version = stand_in.models.find(name, number, label)
        if signature_name not in version.signature_def:
            raise StandInError(
                "INVALID_ARGUMENT", f'Serving signature name: "{signature_name}" not found in signature def'
            )
        if ("instances" in asked) == ("inputs" in asked):
            raise StandInError("INVALID_ARGUMENT", "Not formatted correctly: expected instances or inputs")
        inputs = inputs_of(asked, sorted(version.signature_def[signature_name].inputs))
        _, _, outputs = stand_in.predict((name, number, label, signature_name), inputs)
        plain = {key: value.tolist() for key, value in outputs.items()}
        only = next(iter(plain.values())) if len(plain) == 1 else None
        if "inputs" in asked:
            return {"outputs": plain if only is None else only}
        rows = [dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)]
        return {"predictions": rows if only is None else only}


def inputs_of(asked, names):
    """{name: string array} of the row format (``instances``) or the column format (``inputs``)."""
    if "inputs" in asked:
        columns = asked["inputs"] if isinstance(asked["inputs"], dict) else {names[0]: asked["inputs"]}
    else:
        rows = [row if is_row(row) else {names[0]: row} for row in asked["instances"]]
        columns = {name: [row[name] for row in rows] for name in rows[0]}
    return {name: np.array([bytes_of(value) for value in column], object) for name, column in columns.items()}


def is_row(value):
    return isinstance(value, dict) and set(value) != {"b64"}


def bytes_of(value):
    if not isinstance(value, dict):
        return str(value).encode()
    try:
        return base64.b64decode(value["b64"], validate=True)
    except ValueError as error:
        raise StandInError("INVALID_ARGUMENT", "Unable to base64 decode") from error


def main():
    stand_in = StandIn(Models({"facefold": Model(sys.argv[1])}, poll_seconds=0.2))
    sys.stdout.write(json.dumps({"grpc": stand_in.grpc, "rest": stand_in.rest}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    stand_in.close()


if __name__ == "__main__":
    main()
