"""What Python may import from. The command calls this before it imports anything else; nor does this module.

``os`` and ``sys`` are there already when a program starts.
"""

import os
import sys

OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # holds the four packages
PACKAGES = ("site-packages", "dist-packages")


def named_folders() -> list[str]:
    """The folders that PYTHONPATH names, without its empty entries, which stand for the current folder."""
    return [one for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one]


def has_empty_entry() -> bool:
    """Whether PYTHONPATH has an empty entry beside others, as ``PYTHONPATH=$PYTHONPATH:/x`` makes one."""
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return len(given) > 1 and "" in given


def leave_out_current_folder() -> None:
    """Has this process import nothing from the current folder: a ``numpy.py`` beside photos would run.

    It stays where PYTHONPATH names it, and where this code or Python's packages lie in it.
    """
    try:
        here = os.getcwd()
    except OSError:  # it is gone, which the command says
        return
    named = [os.path.abspath(one) for one in named_folders()]
    if here not in (OWN, *named) and os.path.basename(here) not in PACKAGES:
        sys.path[:] = [one for one in sys.path if one not in ("", here)]
