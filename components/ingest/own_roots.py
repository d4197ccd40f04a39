"""Folders in which facefold keeps its runs: the pictures in them are no photos."""

import os

OWN_ROOT = "facefold_root"  # the problem of such a folder in a list of photos


def is_root(folder: str) -> bool:
    """Whether a folder is where facefold keeps its runs, by what a run writes there first."""

    def has(*names: str) -> bool:
        return all(os.path.exists(os.path.join(folder, name)) for name in names)

    return (
        has("metadata.sqlite", "artifacts") or has("metadata.sqlite", "schemas") or has("lock.json", "runs")
    )
