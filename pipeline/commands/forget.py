"""``facefold forget``: erases the faces that were found in photos."""

import argparse
import json
import os
from collections.abc import Collection, Sequence
from pathlib import Path

from pipeline.commands.arguments import add_root
from pipeline.commands.held_root import with_held_root
from pipeline.commands.outcome import DONE, FAILED, WRONG_ARGUMENTS, complain, say
from pipeline.dag.layout import PAGES, Layout
from schemas.paths import absolute

HELP = "erase the faces that were found in photos"


class MissingFolderError(RuntimeError):
    """A folder of photos is not there: nobody can say which photos are gone. The message is one line."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    command.add_argument(
        "photos", metavar="PHOTO", nargs="*", help="photos, or folders of them, there or deleted"
    )
    command.add_argument(
        "--gone", action="store_true", help="all photos that are no longer in the folders that runs took"
    )
    add_root(command, "as for run")
    command.add_argument("--dry-run", action="store_true", help="say what would be erased, and erase nothing")


def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 done, 1 if the root can't be used, 2 for wrong arguments."""
    if bool(options.photos) == options.gone:
        complain("forget takes photos or --gone. Expected one of the two, as in: facefold forget old/*.jpg")
        return WRONG_ARGUMENTS
    try:
        layout = Layout(options.root)
        photos = [str(absolute(photo, "PHOTO")) for photo in options.photos]
    except ValueError as error:
        complain(error)
        return WRONG_ARGUMENTS
    try:
        return with_held_root(layout, "forget", lambda: forget_photos(layout, photos, options.dry_run))
    except MissingFolderError as error:
        complain(error)
        return FAILED


def forget_photos(layout: Layout, photos: Sequence[str], dry_run: bool) -> int:
    """Erases what was found in ``photos``, or, without any, in all that are gone; returns 0.

    Raises MissingFolderError as ``gone_photos``.
    """
    from components.ingest.forgetting import forget, kept_photos, known_files, named
    from components.words.text import counted, shortened

    kept, known = kept_photos(layout.photos), known_files(layout.photos)
    names = {digest: file for file, digest in known.items()}
    if photos:
        asked = {photo: named(photo, known) for photo in photos}
        for photo, found in asked.items():
            if not found & kept.keys():
                say(f"nothing is kept of {photo}")
        hashes = {digest for found in asked.values() for digest in found}
    else:
        hashes = gone_photos(layout, kept.keys(), known)
    erased = sorted(kept.keys() & hashes, key=lambda digest: (names.get(digest, ""), digest))
    megabytes = sum(file.stat().st_size for digest in erased for file in kept[digest]) / 1e6
    if not dry_run:
        forget(layout.photos, hashes)
    for digest in erased:
        name = shortened(names[digest]) if digest in names else f"a photo of the content {digest[:16]}"
        say(f"{'would erase' if dry_run else 'erased'} the faces of {name}")
    number = counted(len(erased), "photo")
    say(f"{'Would erase' if dry_run else 'Erased'} what was found in {number}, {megabytes:.1f} MB.")
    if erased:
        say(what_is_left(layout))
    return DONE


def what_is_left(layout: Layout) -> str:
    """Where else the faces are, and how to remove them there, in a few lines."""
    pages = [str(layout.page(command)) for command in PAGES if layout.page(command).exists()]
    others = f"Pages in {', '.join(pages)} may hold them too; delete these. " if pages else ""
    return (
        f"Earlier runs still hold them, in {layout.artifacts} and in the reports in {layout.runs}. To remove "
        "these too: take the photos out of their folder, run again, then\n"
        f"  facefold clean --root {layout.root} --versions 1\n"
        f"and delete the folders of earlier runs in {layout.runs}. {others}A photo that stays in its folder "
        "is looked at again by the next run."
    )


def gone_photos(layout: Layout, kept: Collection[str], known: dict[str, str]) -> set[str]:
    """The hashes of photos that are kept and no longer there.

    Raises MissingFolderError if a folder that a run took photos from is not there, or empty, and faces of its
    photos are kept: its drive may only not be mounted.
    """
    from components.ingest.forgetting import still_there

    folders = photo_folders(layout)
    for folder in folders:
        inside = os.path.join(folder, "")
        empty = not os.path.isdir(folder) or not os.listdir(folder)  # as where a drive would be mounted
        if empty and any(file.startswith(inside) and digest in kept for file, digest in known.items()):
            raise MissingFolderError(
                f"{folder} is not there, or empty, and runs took photos from it. Expected photos, or "
                f"all of them would count as gone. Mount it; if it is gone for good: facefold forget {folder}"
            )
    there = [folder for folder in folders if os.path.isdir(folder)]
    return set(kept) - still_there(there, known, layout.photos)


def photo_folders(layout: Layout) -> list[str]:
    """The folders that the runs under a root took photos from, as their settings name them."""
    found = []
    for file in sorted(layout.runs.glob("*/settings.json")):
        try:
            settings = json.loads(Path(file).read_text())
        except (OSError, ValueError):
            continue  # of a run that was killed as it began
        if settings.get("images"):
            found.append(str(settings["images"]))
    return list(dict.fromkeys(found))
