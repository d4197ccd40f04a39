"""The stand-in keeps to TF Serving's protocol: protos, codes and messages over gRPC, JSON over REST."""

import base64
import json
import urllib.error
import urllib.request

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from tests.patience import PATIENCE
from tests.pipeline.serving.served_models import LATENT_DIM, VERSION, chips


def stub(server):
    return prediction_service_pb2_grpc.PredictionServiceStub(grpc.insecure_channel(server.grpc))


def request_of(values, signature="serving_default", name="image_bytes", model="facefold"):
    request = predict_pb2.PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = model, signature
    request.inputs[name].CopyFrom(tf.make_tensor_proto(np.array(values, object), tf.string))
    return request


def refused(call):
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value.code().name, caught.value.details()


def rest(server, place, body=None):
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(server.rest + place, data, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def b64(value):
    return {"b64": base64.b64encode(value).decode()}


def test_grpc_answers_by_typed_fields_and_names_the_version(server):
    answer = stub(server).Predict(request_of(chips(2)), timeout=PATIENCE)
    assert answer.model_spec.version.value == VERSION
    assert answer.model_spec.signature_name == "serving_default"
    assert len(answer.outputs["embedding"].float_val) == 2 * LATENT_DIM
    assert len(answer.outputs["unknown"].bool_val) == 2
    request = request_of(chips(1))
    request.output_filter.append("cluster")
    assert list(stub(server).Predict(request, timeout=PATIENCE).outputs) == ["cluster"]


def test_grpc_error_codes(server):
    one = chips(1)
    for request, code, words in (
        (request_of([*one, b"x"]), "INVALID_ARGUMENT", "image_bytes[1] is not a JPEG or PNG"),
        (request_of(one, "embed"), "FAILED_PRECONDITION", 'Serving signature key "embed" not found.'),
        (request_of(one, name="picture"), "INVALID_ARGUMENT", "Missing but required: {image_bytes}."),
        (request_of(one, model="other"), "NOT_FOUND", "Servable not found for request: Latest(other)"),
    ):
        found = refused(lambda r=request: stub(server).Predict(r, timeout=PATIENCE))
        assert found[0] == code
        assert words in found[1]


def test_grpc_status_and_metadata(server):
    models = model_service_pb2_grpc.ModelServiceStub(grpc.insecure_channel(server.grpc))
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "facefold"
    (row,) = models.GetModelStatus(request, timeout=PATIENCE).model_version_status
    assert (row.version, row.state) == (VERSION, get_model_status_pb2.ModelVersionStatus.AVAILABLE)
    request.model_spec.version.value = 7
    found = refused(lambda: models.GetModelStatus(request, timeout=PATIENCE))
    assert found == ("NOT_FOUND", "Could not find version 7 of model facefold")
    asked = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    asked.model_spec.name = "facefold"
    answer = stub(server).GetModelMetadata(asked, timeout=PATIENCE)
    told = get_model_metadata_pb2.SignatureDefMap()
    answer.metadata["signature_def"].Unpack(told)
    assert told.signature_def["serving_default"].method_name == "tensorflow/serving/predict"


def test_rest_rows_and_columns(server):
    values = [b64(chip) for chip in chips(2)]
    place = f"/v1/models/facefold/versions/{VERSION}:predict"
    status, rows = rest(server, place, {"instances": values})
    assert status == 200
    assert [set(row) for row in rows["predictions"]] == [
        {"embedding", "cluster", "probability", "unknown"}
    ] * 2
    _, named = rest(server, place, {"instances": [{"image_bytes": value} for value in values]})
    _, columns = rest(
        server, "/v1/models/facefold/labels/stable:predict", {"inputs": {"image_bytes": values}}
    )
    assert named == rows
    assert columns["outputs"]["cluster"] == [row["cluster"] for row in rows["predictions"]]


def test_rest_error_codes(server):
    one = {"instances": [b64(chip) for chip in chips(1)]}
    for place, body, status, words in (
        (
            "/v1/models/facefold:predict",
            {"instances": [b64(b"x")]},
            400,
            "image_bytes[0] is not a JPEG or PNG",
        ),
        ("/v1/models/facefold:predict", one | {"signature_name": "embed"}, 400, 'name: "embed" not found in'),
        ("/v1/models/facefold:predict", {}, 400, "Not formatted correctly"),
        ("/v1/models/facefold/versions/7:predict", one, 404, "Specific(facefold, 7)"),
        ("/v1/models/other:predict", one, 404, "Latest(other)"),
        ("/v1/models/facefold/labels/no:predict", one, 400, "Unrecognized servable version label: no"),
        ("/v1/models/other", None, 404, "Could not find any versions of model other"),
        ("/v2/models", None, 400, "Malformed request: GET /v2/models"),
    ):
        found, told = rest(server, place, body)
        assert found == status
        assert words in told["error"]


def test_rest_status_and_metadata(server):
    _, told = rest(server, "/v1/models/facefold")
    assert told["model_version_status"] == [
        {"version": str(VERSION), "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    ]
    _, told = rest(server, "/v1/models/facefold/metadata")
    signatures = told["metadata"]["signature_def"]["signature_def"]
    assert signatures["serving_default"]["inputs"]["image_bytes"]["dtype"] == "DT_STRING"
