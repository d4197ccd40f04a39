"""``facefold serve``: the application in the browser, a web process and a worker."""

import argparse
import importlib.util
import os
from pathlib import Path

from pipeline.commands.outcome import DONE, FAILED, WRONG_ARGUMENTS, complain
from schemas.paths import absolute

HELP = "sort your own photos in the browser"
PORTS = range(1, 65536)


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    command.add_argument("--host", default="127.0.0.1", help="what is listened on (default: %(default)s)")
    command.add_argument("--port", type=int, default=8080, help="its port (default: %(default)s)")
    command.add_argument(
        "--data",
        metavar="DIR",
        default="facefold-web",
        help="keeps all photos and rows (default: %(default)s)",
    )
    command.add_argument(
        "--database",
        metavar="URL",
        default=os.environ.get("FACEFOLD_DATABASE", ""),
        help="postgresql://USER:PASSWORD@HOST/NAME (default: $FACEFOLD_DATABASE, or SQLite in DIR)",
    )
    command.add_argument(
        "--allow-folder",
        metavar="DIR",
        action="append",
        default=[],
        dest="allow_folders",
        help="photos may be imported from this folder of the server; may be given several times",
    )
    command.add_argument(
        "--allow-host",
        metavar="NAME",
        action="append",
        default=[],
        dest="hosts",
        help="a name that browsers call this server by, beside localhost and --host",
    )
    command.add_argument(
        "--proxy", metavar="ADDRESS", default="", help="a proxy whose X-Forwarded headers are believed"
    )
    command.add_argument("--tls", action="store_true", help="browsers come by https, through the proxy")
    command.add_argument(
        "--model", metavar="DIR", default="", help="a root of runs whose latest pushed model is offered too"
    )
    command.add_argument("--server", metavar="URL", default="", help="TF Serving, which is offered too")


def run_command(options: argparse.Namespace) -> int:
    """Runs the command until it is stopped; returns 0 stopped, 1 failure, 2 wrong arguments."""
    try:
        from pipeline.web.serving import serve
    except ModuleNotFoundError as error:
        complain(
            f"serve needs the extra web: {error.name} is missing. Expected it installed. "
            "Fix: make setup EXTRAS=web,dlib"
        )
        return WRONG_ARGUMENTS
    from pipeline.web.place import Place, database_settings

    try:
        if importlib.util.find_spec("face_recognition_models") is None:
            raise ValueError(
                "serve needs the extra dlib: its weights tell people apart. Expected it installed. "
                "Fix: make setup EXTRAS=web,dlib"
            )
        if options.port not in PORTS:
            raise ValueError(f"--port {options.port} is wrong. Expected 1 to 65535.")
        place = Place(
            data=str(absolute(options.data, "--data")),
            database=options.database,
            host=options.host,
            port=options.port,
            hosts=tuple(options.hosts),
            allow_folders=tuple(_folder(folder) for folder in options.allow_folders),
            proxy=options.proxy,
            tls=options.tls,
            root=str(absolute(options.model, "--model")) if options.model else "",
            server=_server(options.server),
        )
        database_settings(place)
        return DONE if serve(place) == 0 else FAILED
    except ValueError as error:
        complain(error)
        return WRONG_ARGUMENTS
    except OSError as error:  # a full disk
        complain(error)
        return FAILED


def _server(text: str) -> str:
    """The address of TF Serving, with gRPC where it names no protocol, as for the other commands."""
    return text if not text or "://" in text else f"grpc://{text}"


def _folder(text: str) -> str:
    folder = absolute(text, "--allow-folder")
    if not Path(folder).is_dir():
        raise ValueError(f"--allow-folder {text} is no folder. Expected one that exists. Check the path.")
    return str(Path(folder).resolve())
