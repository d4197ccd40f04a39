"""The key that signs cookies: made once, kept in the data folder, readable by its owner alone."""

import os
import secrets
from pathlib import Path

NAME = "secret-key"


def secret_key(folder: Path) -> str:
    """The key kept in the folder, which is made, with its key, where it is missing."""
    file = folder / NAME
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(file)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(secrets.token_urlsafe(50))
        stream.flush()
        os.fsync(stream.fileno())
    return _read(file)


def _read(file: Path) -> str:
    key = file.read_text().strip()
    if len(key) < 50:
        raise ValueError(
            f"The key {file} is damaged. Expected 50 characters and more; received {len(key)}. "
            "Remove the file: a new one is made, and everybody logs in anew."
        )
    return key
