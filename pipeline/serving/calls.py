"""What every client of a served model shares: limits, errors, retries, and batches that fit a message."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

Result = TypeVar("Result")
Outputs = dict[str, np.ndarray]  # output name to an array with a row for each value asked about
# {signature: {"inputs": {name: dtype}, "outputs": {name: dtype}}}, dtypes by NumPy's names.
Signatures = dict[str, dict[str, dict[str, str]]]

# The server did not answer, so the call may be repeated. A prediction changes nothing: twice does no harm.
RETRIED = ("UNAVAILABLE", "DEADLINE_EXCEEDED")
# The names of gRPC's codes, by number. TensorFlow uses the same ones.
CODES = (
    "OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED "
    "RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE "
    "DATA_LOSS UNAUTHENTICATED"
).split()
ASSERTED = re.compile(r"assertion failed: \[(.*)\]")  # how TensorFlow reports a failed check inside a graph


@dataclass(frozen=True)
class CallSettings:
    """Limits of a call to a model.

    ``timeout`` is the time in seconds for a whole call, with all its attempts and batches, and
    ``attempt_timeout`` the time for one attempt. A call is tried at most ``attempts`` times. The wait between
    two attempts starts at ``first_wait`` seconds and doubles each time up to ``longest_wait``; a random part
    of up to half of it is taken off. ``connections`` is the size of the pool, ``max_message_bytes`` the
    largest request and the largest answer, ``max_image_bytes`` the largest picture, and ``max_batch`` the
    most pictures in one request.
    """

    timeout: float = 30.0
    attempt_timeout: float = 10.0
    attempts: int = 6
    first_wait: float = 0.05
    longest_wait: float = 2.0
    connections: int = 4
    max_message_bytes: int = 16 * 2**20
    max_image_bytes: int = 4 * 2**20
    max_batch: int = 64

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}. Expected a number above 0.")


class ServingError(RuntimeError):
    """A served model gave no answer; ``code`` is gRPC's name for the reason, over REST too."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class RefusedError(ServingError):
    """The request itself is wrong: a picture that can't be decoded, or an unknown signature or label."""


class NotServedError(ServingError):
    """The server has no such model or version."""


class UnavailableError(ServingError):
    """No server answered in any of the attempts."""


class DeadlineError(ServingError):
    """The answer did not come in time."""


class TooLargeError(ValueError):
    """A picture is larger than the settings allow. Nothing was sent."""


class Asked(Protocol):
    """A client that can send one batch."""

    def ask(self, batch: list[bytes], signature: str, version: int | None, deadline: float | None) -> Outputs:
        """The model's answer to one batch."""


class Remote(Asked, Protocol):
    """A client of a server, which may hold several versions of the model.

    It names one of them by ``version`` or ``label``, or neither and is answered by the newest.
    """

    settings: CallSettings
    version: int | None
    label: str | None

    def signatures(self, deadline: float | None = None) -> Signatures:
        """The model's signatures."""

    def status(self, deadline: float | None = None) -> dict[int, str]:
        """{version: state} of all versions that the server knows."""


KINDS: dict[str, tuple[type[ServingError], str]] = {
    "INVALID_ARGUMENT": (RefusedError, "Expected JPEG or PNG chips, and a signature and label that it has"),
    "FAILED_PRECONDITION": (
        RefusedError,
        "Expected a signature that the model has; `signatures()` lists them",
    ),
    "NOT_FOUND": (NotServedError, "Expected a model and version that is loaded; `status()` lists them"),
    "RESOURCE_EXHAUSTED": (
        ServingError,
        "Expected less at once. Lower max_batch, or raise max_message_bytes",
    ),
    "UNAVAILABLE": (
        UnavailableError,
        "Expected a server that runs and is reached. Check its address and log",
    ),
    "DEADLINE_EXCEEDED": (DeadlineError, "Expected an answer in time. Raise timeout, or send fewer pictures"),
}


def error_of(code: str, said: object, where: str) -> ServingError:
    """The exception for gRPC's ``code``, with what the server ``said`` in one line, without node names."""
    kind, advice = KINDS.get(code, (ServingError, "See the server's log"))
    told = " ".join(str(said).partition("[[")[0].split())
    checked = ASSERTED.search(told)
    told = (checked[1] if checked else told).rstrip(".")
    return kind(f"{where} answered {code}: {told}. {advice}.", code)


def retried(attempt: Callable[[float], Result], settings: CallSettings, deadline: float) -> Result:
    """The result of ``attempt(timeout)``, tried again while the server does not answer and time remains.

    Args:
        attempt: called with the seconds that it may take; raises ServingError.
        settings: the waits, and the number of attempts.
        deadline: when all attempts have to be over, as a time of ``time.monotonic()``.

    Raises:
        ServingError: the error of the last attempt, or of the first where asking again would not help.
    """
    number = 0
    while True:
        number += 1
        left = deadline - time.monotonic()
        if left <= 0:
            raise DeadlineError(
                f"No time is left of {settings.timeout:g} s. Expected an answer in time. Raise timeout, or "
                "send fewer pictures.",
                "DEADLINE_EXCEEDED",
            )
        try:
            return attempt(min(left, settings.attempt_timeout))
        except ServingError as error:
            wait = pause(number, settings)
            if (
                error.code not in RETRIED
                or number == settings.attempts
                or time.monotonic() + wait >= deadline
            ):
                raise
        time.sleep(wait)


def pause(number: int, settings: CallSettings) -> float:
    """Seconds to wait after attempt ``number`` (from 1): doubled each time, bounded, and randomised."""
    longest = min(settings.longest_wait, settings.first_wait * 2.0 ** (number - 1))
    return longest * random.uniform(0.5, 1.0)


def in_batches(values: Sequence[bytes], settings: CallSettings, overhead: float = 1.0) -> list[list[bytes]]:
    """Splits ``values`` into batches that each fit a message.

    ``overhead`` is the number of bytes that one byte takes when it is sent. Raises ValueError where there is
    no value, and TooLargeError where one is too large. Nothing has been sent then.
    """
    if not values:
        raise ValueError("There is no picture to ask about. Expected at least one.")
    batches: list[list[bytes]] = [[]]
    size = 0.0
    for index, value in enumerate(values):
        needed = len(value) * overhead + 64
        if len(value) > settings.max_image_bytes or needed > settings.max_message_bytes:
            most = min(settings.max_image_bytes, int((settings.max_message_bytes - 64) / overhead))
            raise TooLargeError(
                f"Picture {index} has {len(value):,} bytes. Expected at most {most:,}; nothing was sent. "
                "Send a face chip of 192x192 pixels, or raise max_image_bytes and max_message_bytes."
            )
        if batches[-1] and (
            len(batches[-1]) == settings.max_batch or size + needed > settings.max_message_bytes
        ):
            batches.append([])
            size = 0.0
        batches[-1].append(value)
        size += needed
    return batches


def joined(parts: Sequence[Outputs]) -> Outputs:
    """The outputs of all batches as one dict: each output's arrays, one after another."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def ask_in_batches(client: Remote, batches: list[list[bytes]], signature: str, deadline: float) -> Outputs:
    """The answers to all batches, all of them by the same version of the model.

    A cluster's number means nothing in another version. So where there are several batches and the client
    names no version, all of them go to the newest one that is available now. If the server unloads it
    meanwhile, all batches are sent again, to the version that replaced it.
    """
    if len(batches) == 1 or client.version is not None or client.label is not None:
        return ask_all(client, batches, signature, client.version, deadline)
    rolls = 0
    while True:
        rolls += 1
        version = newest_available(client.status(deadline))
        try:
            return ask_all(client, batches, signature, version, deadline)
        except NotServedError:
            if rolls == client.settings.attempts:
                raise


def ask_all(
    client: Asked, batches: list[list[bytes]], signature: str, version: int | None, deadline: float | None
) -> Outputs:
    """The answers of one version to all batches, joined. An error names the first picture of its batch."""
    parts: list[Outputs] = []
    start = 0
    for batch in batches:
        try:
            parts.append(client.ask(batch, signature, version, deadline))
        except RefusedError as error:
            if not start:
                raise
            raise RefusedError(f"{error} Its batch begins with picture {start}.", error.code) from error
        start += len(batch)
    return joined(parts)


def newest_available(states: Mapping[int, str]) -> int:
    """The highest version in ``{version: state}`` that is AVAILABLE; raises NotServedError if none is."""
    versions = [version for version, state in states.items() if state == "AVAILABLE"]
    if not versions:
        raise NotServedError(
            f"No version is available. Expected one that is loaded; received {states or 'none'}. Wait, or "
            "see the server's log.",
            "NOT_FOUND",
        )
    return max(versions)


def is_ready(client: Remote) -> bool:
    """Whether the version or label that the client names can answer now; without one, whether any can."""
    try:
        if client.version is None and client.label is None:
            newest_available(client.status())
        else:
            client.signatures()
    except ServingError:
        return False
    return True


def check_signature(name: str, signatures: Signatures, where: str) -> dict[str, dict[str, str]]:
    """The inputs and outputs of a signature; raises RefusedError if the model has none of that name."""
    if name not in signatures:
        raise RefusedError(
            f"{where} has no signature {name!r}. Expected one of: {', '.join(sorted(signatures))}. A model "
            "has reconstruct only where its recipe says serve_decoder=true.",
            "INVALID_ARGUMENT",
        )
    return signatures[name]
