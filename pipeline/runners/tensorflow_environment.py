"""What has to be set in a process before TensorFlow starts in it. This module imports no TensorFlow.

All of it is in the environment, which the processes that this one starts inherit.
"""

from __future__ import annotations

import os
import pwd
import tempfile
from pathlib import Path

from models.devices.memory import share_one_heap
from pipeline.own_path import has_empty_entry, leave_out_current_folder, named_folders

LOOPBACK = ("127.0.0.1", "localhost", "::1")
GRPC_ONLY = "no_grpc_proxy"  # where it is set, gRPC reads no other
# Folders that libraries write into, which otherwise are below the home.
CACHES = {"IPYTHONDIR": "ipython", "MPLCONFIGDIR": "matplotlib", "XDG_CACHE_HOME": "cache"}


def before_tensorflow(log_level: str = "1") -> None:
    """Sets what TensorFlow and its libraries are to find in the environment. Call it first.

    ``TF_CPP_MIN_LOG_LEVEL`` is ``log_level``: "1" leaves out notes, "2" warnings too, "3" also errors.
    ``TF_ONEDNN_USE_SYSTEM_ALLOCATOR``: memory comes from the C library. The pool that oneDNN's build has of
    its own keeps the most that it ever held until the process ends, 200 MB in a run with descriptors, so that
    ``models.devices.memory.give_back`` has nothing to give back. What is there of both already stays. Threads
    share one heap, ``share_one_heap``.
    """
    share_one_heap()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", log_level)
    os.environ.setdefault("TF_ONEDNN_USE_SYSTEM_ALLOCATOR", "1")
    keras_of_its_own()
    home_for_libraries()
    loopback_without_proxy()
    own_code_only()


def keras_of_its_own() -> None:
    """Keeps the ``keras.json`` of other projects away: the models are TensorFlow's, with channels last.

    Keras reads that file, and writes one where there is none, in ``KERAS_HOME``; below no file is any.
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["KERAS_HOME"] = os.devnull


def home_for_libraries() -> None:
    """Gives libraries folders to write into where the user has no home, as in ``docker run --user 12345``.

    IPython, which TFX imports, and Keras fail without a home. They get a folder below that for temporary
    files, of this user only. A user without a name gets a number for one.
    """
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        os.environ.setdefault("LOGNAME", f"user-{os.geteuid()}")
    home = os.path.expanduser("~")
    if os.path.isabs(home) and os.access(home, os.W_OK | os.X_OK):
        return
    folder = own_temporary_folder()
    if not (os.path.isabs(home) and os.path.isdir(home)):
        os.environ["HOME"] = str(folder)
    for variable, name in CACHES.items():
        os.environ.setdefault(variable, str(folder / name))


def own_temporary_folder() -> Path:
    """This user's own folder below that for temporary files, the same each time; no one else writes to it."""
    folder = Path(tempfile.gettempdir()) / f"facefold-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    told = folder.lstat()
    if folder.is_symlink() or told.st_uid != os.geteuid() or told.st_mode & 0o022:
        return Path(tempfile.mkdtemp(prefix="facefold-"))
    return folder


def loopback_without_proxy() -> None:
    """Keeps calls to this machine off a company's proxy, which gRPC would send them to too."""
    common = [*hosts_in("no_proxy"), *hosts_in("NO_PROXY"), *LOOPBACK]
    lists = {"no_proxy": common, "NO_PROXY": common}
    if GRPC_ONLY in os.environ:
        lists[GRPC_ONLY] = [*hosts_in(GRPC_ONLY), *LOOPBACK]
    for name, hosts in lists.items():
        os.environ[name] = ",".join(dict.fromkeys(hosts))


def hosts_in(variable: str) -> list[str]:
    """The hosts of a list in the environment."""
    return [host.strip() for host in os.environ.get(variable, "").split(",") if host.strip()]


def own_code_only() -> None:
    """Keeps this process, and those that libraries start, from importing what lies in the current folder.

    ``python -m`` looks there first, and Beam starts its workers so: a ``numpy.py`` beside photos would run.
    Python 3.10 doesn't know PYTHONSAFEPATH; see ``pipeline.beam.own_folder``. An empty entry of PYTHONPATH,
    as ``PYTHONPATH=$PYTHONPATH:/x`` makes one, stands for the current folder, and is left out.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    if has_empty_entry():
        leave_out_current_folder()
        os.environ["PYTHONPATH"] = os.pathsep.join(named_folders())
