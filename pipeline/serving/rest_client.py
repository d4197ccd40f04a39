"""A served model over REST. This module does not import TensorFlow."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
import urllib3
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

CODES = {
    400: "INVALID_ARGUMENT",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
DTYPES = {
    "DT_FLOAT": "float32",
    "DT_DOUBLE": "float64",
    "DT_INT32": "int32",
    "DT_INT64": "int64",
    "DT_BOOL": "bool",
    "DT_STRING": "string",
}
BASE64 = 4 / 3  # characters for one byte


class Rest:
    """A model in TF Serving at ``url`` (``http://HOST:PORT``). Threads may share it.

    ``version`` or ``label`` names one of the server's versions; without them the newest one answers. Numbers
    arrive unchanged, because TF Serving writes as many digits as a float32 needs.
    """

    def __init__(
        self,
        url: str,
        name: str,
        version: int | None = None,
        label: str | None = None,
        settings: CallSettings | None = None,
    ) -> None:
        self.settings = settings or CallSettings()
        self.where = f"{url.rstrip('/')}/v1/models/{quote(name, safe='')}"
        self.version, self.label = version, label
        self._pool = urllib3.PoolManager(maxsize=self.settings.connections, block=True, retries=False)
        self._signatures: Signatures = {}

    def predict(self, values: Sequence[bytes], signature: str = "serving_default") -> Outputs:
        """As ``InProcess.predict``; also raises NotServedError, UnavailableError, DeadlineError."""
        batches = in_batches(values, self.settings, overhead=BASE64)
        return ask_in_batches(self, batches, signature, time.monotonic() + self.settings.timeout)

    def ask(self, batch: list[bytes], signature: str, version: int | None, deadline: float | None) -> Outputs:
        """The answer of ``version`` to one batch, which fits a message."""
        if signature not in self._signatures:
            self._signatures = self.signatures(deadline)
        given = check_signature(signature, self._signatures, self.where)["outputs"]
        inputs = [{"b64": base64.b64encode(value).decode()} for value in batch]
        body = json.dumps({"signature_name": signature, "inputs": inputs}).encode()
        told = self._call("POST", f"{self._place(version)}:predict", deadline, body)["outputs"]
        if len(given) == 1:
            told = {next(iter(given)): told}  # TF Serving leaves out the name of a single output
        return {name: np.array(told[name], dtype) for name, dtype in given.items()}

    def signatures(self, deadline: float | None = None) -> Signatures:
        """As ``InProcess.signatures``, read from the server."""
        told = self._call("GET", f"{self._place(self.version)}/metadata", deadline)
        return {
            name: {side: dtypes(one[side]) for side in ("inputs", "outputs")}
            for name, one in told["metadata"]["signature_def"]["signature_def"].items()
            if not name.startswith("__")
        }

    def status(self, deadline: float | None = None) -> dict[int, str]:
        """{version: state} of all versions that the server knows; raises NotServedError if it knows none."""
        told = self._call("GET", "", deadline)
        return {int(one["version"]): one["state"] for one in told["model_version_status"]}

    def ready(self) -> bool:
        """Whether the version or label that was given can be asked now; without one, whether any can."""
        return is_ready(self)

    def close(self) -> None:
        """Closes the connections."""
        self._pool.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _place(self, version: int | None) -> str:
        if version is not None:
            return f"/versions/{version}"
        return f"/labels/{quote(self.label, safe='')}" if self.label is not None else ""

    def _call(self, method: str, place: str, deadline: float | None = None, body: bytes | None = None) -> Any:
        def attempt(timeout: float) -> Any:
            return self._send(method, self.where + place, body, timeout)

        return retried(attempt, self.settings, deadline or time.monotonic() + self.settings.timeout)

    def _send(self, method: str, url: str, body: bytes | None, timeout: float) -> Any:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            answer = self._pool.request(
                method,
                url,
                body=body,
                headers=headers,
                timeout=urllib3.Timeout(total=timeout),
                pool_timeout=timeout,
                preload_content=False,
            )
            content = read(answer, self.settings.max_message_bytes, url)
        except urllib3.exceptions.NewConnectionError as error:  # urllib3 counts it among the timeouts
            raise error_of("UNAVAILABLE", error, url) from error
        except (urllib3.exceptions.TimeoutError, urllib3.exceptions.EmptyPoolError) as error:
            raise error_of("DEADLINE_EXCEEDED", error, url) from error
        except urllib3.exceptions.HTTPError as error:
            raise error_of("UNAVAILABLE", error, url) from error
        if answer.status != 200:
            raise error_of(CODES.get(answer.status, "UNKNOWN"), said_in(content), url)
        return json.loads(content)


def read(answer: urllib3.BaseHTTPResponse, most: int, url: str) -> bytes:
    """Reads the answer, and gives its connection back; raises ServingError above ``most`` bytes."""
    try:
        content = answer.read(most + 1, decode_content=True)
        if len(content) > most:
            answer.close()
            raise error_of("RESOURCE_EXHAUSTED", f"more than {most:,} bytes", url)
        return content
    finally:
        answer.release_conn()


def said_in(content: bytes) -> str:
    """TF Serving's message in ``{"error": ...}``, or else the first 500 characters of the content."""
    try:
        return str(json.loads(content)["error"])
    except (ValueError, KeyError, TypeError):
        return content.decode("utf-8", "replace")[:500]


def dtypes(infos: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """{name: NumPy's name of the dtype} of the tensors in the metadata."""
    return {name: DTYPES[info["dtype"]] for name, info in infos.items()}
