"""``facefold web``: a backup of the application's accounts, rows and files, and the way back."""

import argparse
import os
from pathlib import Path

from pipeline.commands.outcome import DONE, FAILED, WRONG_ARGUMENTS, complain, say
from schemas.paths import absolute

HELP = "back up what serve keeps, and restore it"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    command.add_argument("action", choices=("backup", "restore"))
    command.add_argument("file", metavar="FILE", help="a tar file: to be written, or to be read")
    command.add_argument(
        "--data", metavar="DIR", default="facefold-web", help="as for serve (default: %(default)s)"
    )
    command.add_argument(
        "--database",
        metavar="URL",
        default=os.environ.get("FACEFOLD_DATABASE", ""),
        help="as for serve; a backup may be restored into the other database",
    )


def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 done, 1 failure, 2 wrong arguments."""
    from pipeline.web.place import Place, database_settings

    try:
        file = Path(absolute(options.file, "FILE"))
        place = Place(data=str(absolute(options.data, "--data")), database=options.database)
        database_settings(place)
        if options.action == "backup" and not place.folder.is_dir():
            raise ValueError(
                f"--data {options.data} is no folder. Expected what serve keeps. Check the path."
            )
        from pipeline.web.setting_up import set_up

        set_up(place)
    except ModuleNotFoundError as error:
        complain(f"web needs the extra web: {error.name} is missing. Fix: make setup EXTRAS=web,dlib")
        return WRONG_ARGUMENTS
    except ValueError as error:
        complain(error)
        return WRONG_ARGUMENTS
    except OSError as error:  # a full disk
        complain(error)
        return FAILED
    from pipeline.web.backup import back_up, restore

    try:
        told = (back_up if options.action == "backup" else restore)(file)
    except (ValueError, FileExistsError, FileNotFoundError) as error:
        complain(error)
        return WRONG_ARGUMENTS
    except OSError as error:
        complain(error)
        return FAILED
    say(f"{options.action}: {told['rows']:,} rows, {told['files']:,} files; {file}")
    return DONE
