"""Folders in which facefold keeps its runs or the application's data: they are no folders of photos."""

import os

OWN_ROOT = "facefold_root"  # the problem of such a folder in a list of photos
WEB_DATA = "facefold-web.txt"  # lies where ``facefold serve`` keeps its data


def is_own(folder: str) -> bool:
    """Whether facefold keeps its runs in a folder, or the application's data."""
    return is_root(folder) or os.path.isfile(os.path.join(folder, WEB_DATA))


def is_root(folder: str) -> bool:
    """Whether a folder is where facefold keeps its runs, by what a run writes there first."""

    def has(*names: str) -> bool:
        return all(os.path.exists(os.path.join(folder, name)) for name in names)

    return (
        has("metadata.sqlite", "artifacts") or has("metadata.sqlite", "schemas") or has("lock.json", "runs")
    )
