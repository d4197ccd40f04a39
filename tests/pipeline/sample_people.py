"""Some people of the sample as a folder of photos."""

import shutil

from components.ingest.sources import list_sample


def copy_people(folder, people, photos=10):
    """Copies the first ``photos`` of the 10 of s1, s2, ... of the sample's 40 people; returns ``folder``."""
    for photo in list_sample():
        person, _, number = photo.path.removeprefix("orl/s").removesuffix(".pgm").partition("/")
        if photo.path.startswith("orl/") and int(person) <= people and int(number) <= photos:
            place = folder / photo.path.removeprefix("orl/")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(photo.file, place)
    return folder
