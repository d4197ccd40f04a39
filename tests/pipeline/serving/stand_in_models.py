"""The models of the stand-in for TF Serving: versions that are loaded, watched and let go as TF Serving does.

This is a stand-in: TF Serving's own binary is in none of the registries that the tests may use. Codes and
messages follow TF Serving's sources (servables/tensorflow/predict_util.cc, model_servers/server_core.cc,
get_model_status_impl.cc, core/basic_manager.cc, core/availability_preserving_policy.h).
"""

import contextlib
import logging
import threading
from pathlib import Path

import tensorflow as tf

DEFAULT_SIGNATURE = "serving_default"


class StandInError(Exception):
    """A failure with TF Serving's code, gRPC's name of it."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Version:
    """One version in a session of its own, loaded by its ``serve`` tag; closed when nobody uses it any more."""

    def __init__(self, folder):
        self.session = tf.compat.v1.Session(graph=tf.Graph())
        logger = logging.getLogger("tensorflow")
        level = logger.level
        logger.setLevel(logging.ERROR)  # of the version 1 loader it says that it is deprecated
        with self.session.graph.as_default():
            meta_graph = tf.compat.v1.saved_model.load(self.session, ["serve"], str(folder))
        logger.setLevel(level)
        self.signature_def = dict(meta_graph.signature_def)
        self.state = "AVAILABLE"
        self._users, self._closing, self._changed = 0, False, threading.Condition()

    def take(self):
        """Whether it may be used; until ``give_back`` it is not closed then."""
        with self._changed:
            self._users += not self._closing
            return not self._closing

    def give_back(self):
        with self._changed:
            self._users -= 1
            self._changed.notify_all()

    def run(self, signature, inputs, output_filter=()):
        """Output name to array; ``inputs`` {name: array}."""
        feed = {signature.inputs[name].name: value for name, value in inputs.items()}
        wanted = output_filter or signature.outputs
        fetched = {name: signature.outputs[name].name for name in wanted}
        try:
            return self.session.run(fetched, feed)
        except tf.errors.OpError as error:
            code = next(name for name, number in tf.errors.__dict__.items() if number is error.error_code)
            raise StandInError(code, error.message) from error
        except UnicodeDecodeError as error:  # TF Serving sends such a message as it is
            raise StandInError("INVALID_ARGUMENT", error.object.decode("utf-8", "replace")) from error

    def close(self):
        with self._changed:
            self._closing, self.state = True, "UNLOADING"
            self._changed.wait_for(lambda: not self._users)
        self.session.close()
        self.state = "END"


class Model:
    """A base path with its versions, under a policy: ``latest`` (a number), ``specific`` (a list) or ``all``."""

    def __init__(self, base_path, latest=1, specific=(), labels=None, everything=False):
        self.base_path, self.latest, self.specific = Path(base_path), latest, list(specific)
        self.everything, self.labels = everything, dict(labels or {})
        self.versions = {}
        self.ended = set()
        self._updating = threading.Lock()

    def wanted(self):
        found = sorted(int(child.name) for child in self.base_path.iterdir() if child.name.isdigit())
        if self.everything:
            return found
        return [v for v in found if v in self.specific] if self.specific else found[-self.latest :]

    def update(self):
        """Loads what is wanted and new, then unloads what is not: no moment without a version."""
        with self._updating:
            wanted = self.wanted()
            for number in wanted:
                if number not in self.versions:
                    loaded = Version(self.base_path / str(number))
                    self.versions = {**self.versions, number: loaded}
            if not wanted:
                return
            gone = {n: v for n, v in self.versions.items() if n not in wanted}
            self.versions = {n: v for n, v in self.versions.items() if n in wanted}
            self.ended |= set(gone)
        for version in gone.values():
            version.close()

    def states(self):
        ended = dict.fromkeys(self.ended, "END")
        return ended | {number: version.state for number, version in self.versions.items()}


class Models:
    """All models of a stand-in server; ``config`` is a ModelServerConfig, or {name: Model}."""

    def __init__(self, models, poll_seconds=0.1):
        self.models = models
        self._stop = threading.Event()
        self._poll = poll_seconds
        self.update()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _watch(self):
        while not self._stop.wait(self._poll):
            with contextlib.suppress(FileNotFoundError, OSError):
                self.update()

    def update(self):
        for model in list(self.models.values()):
            model.update()

    def close(self):
        self._stop.set()
        self._watcher.join()
        for model in self.models.values():
            for version in model.versions.values():
                version.close()

    def reload(self, config):
        """What HandleReloadConfigRequest does: names, base paths, policies and labels of ``config``."""
        models = {one.name: model_of(one) for one in config.model_config_list.config}
        for name, model in models.items():
            before = self.models.get(name)
            if before is not None and before.base_path == model.base_path:
                model.versions, model.ended = before.versions, before.ended
            model.update()
            for label, number in model.labels.items():
                if number not in model.versions:
                    raise StandInError(
                        "FAILED_PRECONDITION",
                        f"Request to assign label to version {number} of model {name}, which is not currently "
                        f"available for inference; label {label}",
                    )
        self.models = models

    def find(self, name, number=None, label=None):
        """The number and the Version that a request asks for."""
        if not name:
            raise StandInError("INVALID_ARGUMENT", "ModelSpec has no name specified.")
        model = self.models.get(name)
        if label:
            if model is None or label not in model.labels:
                raise StandInError("INVALID_ARGUMENT", f"Unrecognized servable version label: {label}")
            number = model.labels[label]
        versions = model.versions if model is not None else {}
        if number is None and versions:
            number = max(versions)
        if number not in versions:
            asked = f"Latest({name})" if number is None else f"Specific({name}, {number})"
            raise StandInError("NOT_FOUND", f"Servable not found for request: {asked}")
        return number, versions[number]

    @contextlib.contextmanager
    def using(self, *spec):
        """As ``find``; it is not closed meanwhile."""
        number, version = self.find(*spec)
        while not version.take():  # it has just been replaced
            number, version = self.find(*spec)
        try:
            yield number, version
        finally:
            version.give_back()

    def states(self, name, number=None):
        """{version: state}, of one version or of all."""
        model = self.models.get(name)
        states = model.states() if model is not None else {}
        if number is not None and number not in states:
            raise StandInError("NOT_FOUND", f"Could not find version {number} of model {name}")
        if not states:
            raise StandInError("NOT_FOUND", f"Could not find any versions of model {name}")
        return states if number is None else {number: states[number]}


def model_of(config):
    """A Model as a ``ModelConfig`` proto describes it."""
    policy = config.model_version_policy
    return Model(
        config.base_path,
        latest=policy.latest.num_versions or 1,
        specific=list(policy.specific.versions),
        labels=config.version_labels,
        everything=policy.HasField("all"),
    )


def input_problem(signature, names):
    """TF Serving's words where a request's inputs are not the signature's, or None."""
    extra, missing = set(names) - set(signature.inputs), set(signature.inputs) - set(names)
    if not extra and not missing:
        return None
    return (
        f"input size does not match signature: {len(names)}!={len(signature.inputs)} len({{{','.join(sorted(names))}}}) "
        f"!= len({{{','.join(sorted(signature.inputs))}}}). Sent extra: {{{','.join(sorted(extra))}}}. "
        f"Missing but required: {{{','.join(sorted(missing))}}}."
    )
