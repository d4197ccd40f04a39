"""What every way of asking a served model shares: limits, errors, retries, and batches that fit a message."""

import itertools
import random
import re
import time
from dataclasses import dataclass

import numpy as np

# What may be asked again: the server did not answer. Asking changes nothing, so that twice does no harm.
RETRIED = ("UNAVAILABLE", "DEADLINE_EXCEEDED")
# gRPC's codes by their number, which are TensorFlow's too.
CODES = (
    "OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED "
    "RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE "
    "DATA_LOSS UNAUTHENTICATED"
).split()
ASSERTED = re.compile(r"assertion failed: \[(.*)\]")  # how TensorFlow tells what a graph's own check said


@dataclass(frozen=True)
class CallSettings:
    """How a model is asked.

    ``timeout`` is the time in seconds for a call with all its attempts and parts, ``attempt_timeout`` that of
    one attempt. Between ``attempts`` the client waits ``first_wait`` seconds, then twice as long each time up
    to ``longest_wait``, less up to half of it by chance. ``connections`` is the size of the pool,
    ``max_message_bytes`` the largest request and answer, ``max_image_bytes`` the largest picture, and
    ``max_batch`` the most pictures in a request.
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

    def __post_init__(self):
        for name in self.__dataclass_fields__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}. Expected a number above 0.")


class ServingError(RuntimeError):
    """A model that is served gave no answer; ``code`` is gRPC's name of the reason, over REST too."""

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code


class RefusedError(ServingError):
    """The request itself is wrong: a picture that can't be decoded, an unknown signature or label."""


class NotServedError(ServingError):
    """No such model or version is served."""


class UnavailableError(ServingError):
    """No server answered, after all attempts."""


class DeadlineError(ServingError):
    """The answer did not come in time."""


class TooLargeError(ValueError):
    """A picture is larger than the settings allow; nothing was sent."""


KINDS = {
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


def error_of(code, said, where):
    """The exception for gRPC's ``code``, with what the server ``said``: one line, without nodes' names."""
    kind, advice = KINDS.get(code, (ServingError, "See the server's log"))
    told = " ".join(str(said).partition("[[")[0].split())
    checked = ASSERTED.search(told)
    told = (checked[1] if checked else told).rstrip(".")
    return kind(f"{where} answered {code}: {told}. {advice}.", code)


def retried(attempt, settings, deadline):
    """The result of ``attempt(timeout)``, tried again while the server gives no answer and time remains.

    Args:
        attempt: gets the seconds that it may take; raises ServingError.
        settings: a ``CallSettings``.
        deadline: of ``time.monotonic()``, when all attempts are over.

    Raises:
        ServingError: of the last attempt; at once where asking again would not help.
    """
    for number in itertools.count(1):
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


def pause(number, settings):
    """Seconds to wait after attempt ``number``, counted from 1: doubling, with chance, bounded."""
    longest = min(settings.longest_wait, settings.first_wait * 2 ** (number - 1))
    return longest * random.uniform(0.5, 1.0)


def in_batches(values, settings, overhead=1.0):
    """``values`` (bytes) as lists that each fit a message; ``overhead`` is what a byte grows to on the way.

    Raises ValueError for none at all, TooLargeError where one is too large; nothing was sent then.
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


def joined(parts):
    """One dict of output name to array out of those of the batches."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def ask_in_batches(client, batches, signature, deadline):
    """The answers to all batches by one version of the model.

    A cluster's number means nothing in another version. So where there are several batches and the client
    names no version, the one that is served now is asked for each; if it is unloaded meanwhile, all are asked
    again of its successor. ``client`` has ``ask(batch, signature, version, deadline)``.
    """
    if len(batches) == 1 or client.version is not None or client.label is not None:
        return ask_all(client, batches, signature, client.version, deadline)
    for rolls in itertools.count(1):
        version = newest_available(client.status(deadline))
        try:
            return ask_all(client, batches, signature, version, deadline)
        except NotServedError:
            if rolls == client.settings.attempts:
                raise


def ask_all(client, batches, signature, version, deadline):
    """The answers of one version to all batches, joined; an error tells where its batch begins."""
    parts, start = [], 0
    for batch in batches:
        try:
            parts.append(client.ask(batch, signature, version, deadline))
        except RefusedError as error:
            if not start:
                raise
            raise RefusedError(f"{error} Its batch begins with picture {start}.", error.code) from error
        start += len(batch)
    return joined(parts)


def newest_available(states):
    """The highest version that is AVAILABLE, of ``{version: state}``; raises NotServedError without."""
    versions = [version for version, state in states.items() if state == "AVAILABLE"]
    if not versions:
        raise NotServedError(
            f"No version is available. Expected one that is loaded; received {states or 'none'}. Wait, or "
            "see the server's log.",
            "NOT_FOUND",
        )
    return max(versions)


def is_ready(client):
    """Whether the version or label that a client names can be asked now, or without one any version."""
    try:
        if client.version is None and client.label is None:
            newest_available(client.status())
        else:
            client.signatures()
    except ServingError:
        return False
    return True


def check_signature(name, signatures, where):
    """The names of a signature's inputs and outputs; raises RefusedError where there is none of that name."""
    if name not in signatures:
        raise RefusedError(
            f"{where} has no signature {name!r}. Expected one of: {', '.join(sorted(signatures))}. A model "
            "has reconstruct only where its recipe says serve_decoder=true.",
            "INVALID_ARGUMENT",
        )
    return signatures[name]
