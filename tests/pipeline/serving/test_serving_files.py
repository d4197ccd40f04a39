"""What lies beside and inside a pushed model for TF Serving: configuration, and the table of signatures in docs."""

import re
import subprocess
from pathlib import Path

import pytest
import tensorflow as tf
import yaml
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format, wrappers_pb2
from tensorflow_serving.config import model_server_config_pb2

from pipeline import cli
from pipeline.dag.layout import Layout
from pipeline.serving.files import BATCHING, COMPOSE, MODELS, labels_of, models_config, write_serving_files
from tests.patience import PATIENCE
from tests.pipeline.serving.served_models import VERSION, chips, example
from tests.pipeline.serving.stand_in_models import Models, model_of

ROOT = Path(__file__).resolve().parents[3]


def parsed(text):
    return text_format.Parse(text, model_server_config_pb2.ModelServerConfig()).model_config_list.config


@pytest.fixture
def layout(tmp_path):
    for version in (VERSION, VERSION + 60):
        (Layout(tmp_path).serving / str(version)).mkdir(parents=True)
    return Layout(tmp_path)


def test_models_config_is_what_tf_serving_parses():
    (config,) = parsed(models_config())
    assert (config.name, config.base_path, config.model_platform) == (
        "facefold",
        "/models/facefold",
        "tensorflow",
    )
    assert config.model_version_policy.latest.num_versions == 1
    assert not config.version_labels
    (config,) = parsed(models_config({"stable": 5, "canary": 7}))
    assert list(config.model_version_policy.specific.versions) == [5, 7]
    assert dict(config.version_labels) == {"stable": 5, "canary": 7}


def batching_parameters():
    """The message of TF Serving's session_bundle_config.proto, which tensorflow-serving-api leaves out."""
    file = descriptor_pb2.FileDescriptorProto(
        name="batching.proto", package="t", syntax="proto3", dependency=["google/protobuf/wrappers.proto"]
    )
    message = file.message_type.add(name="BatchingParameters")
    wrapped = "max_batch_size batch_timeout_micros max_enqueued_batches num_batch_threads".split()
    for number, name in enumerate(wrapped, 1):
        message.field.add(name=name, number=number, label=1, type=11, type_name=".google.protobuf.Int64Value")
    message.field.add(name="allowed_batch_sizes", number=6, label=3, type=3)
    message.field.add(
        name="max_execution_batch_size", number=8, label=1, type=11, type_name=".google.protobuf.Int64Value"
    )
    message.field.add(
        name="enable_large_batch_splitting",
        number=9,
        label=1,
        type=11,
        type_name=".google.protobuf.BoolValue",
    )
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("t.BatchingParameters"))


def test_batching_config_is_what_tf_serving_parses(layout):
    write_serving_files(layout)
    content = (layout.serving.parent / BATCHING).read_text()
    found = text_format.Parse(content, batching_parameters()())
    # A task of more than max_batch_size is refused, one of more than max_execution_batch_size is split.
    assert found.enable_large_batch_splitting.value
    assert found.max_execution_batch_size.value == 64
    assert found.max_batch_size.value == 4096
    assert (
        found.max_batch_size.value <= found.max_enqueued_batches.value * found.max_execution_batch_size.value
    )
    assert 0 < found.batch_timeout_micros.value < 2000
    assert found.max_enqueued_batches.value >= 1
    assert found.num_batch_threads.value >= 1


def test_compose_starts_a_pinned_image_on_the_two_files(layout):
    files = write_serving_files(layout)
    assert [file.name for file in files] == [MODELS, BATCHING, COMPOSE]
    (service,) = yaml.safe_load(files[2].read_text())["services"].values()
    assert re.fullmatch(r"tensorflow/serving:\d+\.\d+\.\d+", service["image"])
    assert service["ports"] == ["127.0.0.1:8500:8500", "127.0.0.1:8501:8501"]
    assert service["volumes"] == [".:/models:ro"]
    assert int(service["user"].partition(":")[0]) > 0
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert (service["read_only"], service["tmpfs"]) == (True, ["/tmp"])
    assert service["mem_limit"] == "4g"
    flags = dict(flag.removeprefix("--").split("=") for flag in service["command"])
    named = {flags["model_config_file"], flags["batching_parameters_file"]}
    assert named == {f"/models/{file.name}" for file in files[:2]}
    assert all(Path(path).parent == Path("/models") for path in named)


def health_check(layout, port):
    (service,) = yaml.safe_load((layout.serving.parent / COMPOSE).read_text())["services"].values()
    _, bash, option, script = service["healthcheck"]["test"]
    return subprocess.run([bash, option, script.replace("/8501", f"/{port}")], timeout=PATIENCE).returncode


def test_the_health_check_tells_whether_a_version_is_available(layout, server):
    write_serving_files(layout)
    port = server.rest.rsplit(":", 1)[1]
    assert health_check(layout, port) == 0
    version = server.models.models["facefold"].versions[VERSION]
    version.state = "LOADING"
    try:
        assert health_check(layout, port) == 1
    finally:
        version.state = "AVAILABLE"
    assert health_check(layout, 9) != 0


def test_what_a_user_changed_stays_until_it_is_asked_for_anew(layout):
    models, *_ = write_serving_files(layout)
    models.write_text("mine")
    write_serving_files(layout, keep=True)
    assert models.read_text() == "mine"
    write_serving_files(layout)
    assert len(parsed(models.read_text())) == 1
    assert sorted(child.name for child in layout.serving.iterdir()) == [str(VERSION), str(VERSION + 60)]


def test_the_command_labels_versions_that_are_there(layout, capfd):
    root = ["serve-files", "--root", str(layout.root)]
    labels = [f"--label=stable={VERSION}", f"--label=canary={VERSION + 60}"]
    assert cli.main([*root, *labels]) == cli.DONE
    assert "docker compose up" in capfd.readouterr().out
    (config,) = parsed((layout.serving.parent / MODELS).read_text())
    assert dict(config.version_labels) == {"stable": VERSION, "canary": VERSION + 60}
    for wrong, words in (("--label=stable=5", "no version for stable=5"), ("--label=a b=5", "is no label")):
        assert cli.main([*root, wrong]) == cli.WRONG_ARGUMENTS
        error = capfd.readouterr().err
        assert words in error
        assert len(error.splitlines()) == 1
    assert labels_of([]) == {}


def test_a_root_without_a_pushed_model_has_nothing_to_serve(tmp_path, capfd):
    assert cli.main(["serve-files", "--root", str(tmp_path)]) == cli.WRONG_ARGUMENTS
    assert "Run facefold run, or name" in capfd.readouterr().err


def test_the_stand_in_serves_what_models_config_says(base):
    config = model_server_config_pb2.ModelServerConfig()
    text = models_config({"stable": VERSION}).replace("/models/facefold", str(base))
    text_format.Parse(text, config)
    models = Models({one.name: model_of(one) for one in config.model_config_list.config})
    try:
        assert models.find("facefold", label="stable")[0] == VERSION
    finally:
        models.close()


def table_of_docs():
    """{signature: (inputs, outputs)} as docs/reference/signatures.md has it."""
    page = (ROOT / "docs" / "reference" / "signatures.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \|$", page, re.MULTILINE)
    names = {name: tuple(re.findall(r"`(\w+)`", cell) for cell in cells) for name, *cells in rows}
    return {name: names[name] for name in ("serving_default", "examples", "reconstruct")}


def test_the_docs_tell_the_truth_about_signatures(base):
    model = tf.saved_model.load(str(base / str(VERSION)))
    table = table_of_docs()
    assert set(model.signatures) == set(table)
    for name, (inputs, outputs) in table.items():
        signature = model.signatures[name]
        (taken,) = signature.structured_input_signature[1]
        assert inputs[0] == taken
        assert set(outputs) == set(signature.structured_outputs)
    answers = [model.signatures["serving_default"](image_bytes=tf.constant(chips(2)))]
    answers.append(model.signatures["examples"](examples=tf.constant([example(chip) for chip in chips(2)])))
    assert set(answers[0]) == set(answers[1])


def test_dtypes_are_fixed_and_only_the_batch_is_open(base):
    model = tf.saved_model.load(str(base / str(VERSION)))
    for signature in model.signatures.values():
        for spec in signature.structured_input_signature[1].values():
            assert (spec.dtype, spec.shape.as_list()) == (tf.string, [None])
        for tensor in signature.structured_outputs.values():
            assert tensor.dtype in (tf.float32, tf.int64, tf.bool)
            assert tensor.shape.rank is not None
            assert tensor.shape[0] is None
