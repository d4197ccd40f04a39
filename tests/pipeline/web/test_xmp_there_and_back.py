"""Names go out with photos and come back with them, through the application; ExifTool is the judge."""

import io
import json
import shutil
import subprocess
import uuid
import zipfile

import numpy as np
import pytest
from PIL import Image

from components.ingest.sources import list_sample
from pipeline.web import storage
from pipeline.web.jobs import queue, worker
from pipeline.web.library import people
from pipeline.web.models import Face, Item, Job, Person, Photo
from pipeline.web.uploads import batches, pieces

pytestmark = pytest.mark.django_db(transaction=True)
TURNS = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}


def stored(orientation):
    """The astronaut as a camera stores it that was turned so: upright only by its EXIF."""
    (file,) = [photo.file for photo in list_sample() if "astronaut" in photo.path]
    with Image.open(file) as image:
        upright = image.convert("RGB")
    turn = TURNS[orientation]
    # A picture with orientation 6 is stored turned to the left: it is turned to the right to be seen.
    as_stored = upright if turn is None else upright.transpose(turn)
    exif = Image.Exif()
    exif[274] = orientation
    stream = io.BytesIO()
    as_stored.save(stream, "JPEG", quality=95, exif=exif)
    return stream.getvalue()


def sent(account, **files):
    """Sends files and does all jobs but those that embed."""
    told = [batches.Announced(name, len(data), 1) for name, data in files.items()]
    batch = batches.announce(account, "browser", told)
    for number, data in enumerate(files.values()):
        item = Item.objects.select_related("batch__owner").get(batch=batch, number=number)
        pieces.take_piece(item, 0, len(data), [data])
    work()
    return batch


def work():
    kinds = tuple(kind for kind in queue.PRIORITIES if kind not in ("embed", "assign"))
    while (job := queue.take(kinds)) is not None:
        worker.do(job)
        job.refresh_from_db()
        assert job.state == "done", job.error


def exported(account, kind):
    job = queue.add(account, "export", {"kind": kind})
    work()
    archive = zipfile.ZipFile(storage.file_of("export", job.uuid))
    return {name: archive.read(name) for name in archive.namelist()}


def read_by_exiftool(folder, name, data):
    if shutil.which("exiftool") is None:
        pytest.skip("no exiftool to judge the XMP: Debian's libimage-exiftool-perl has it")
    file = folder / name
    file.write_bytes(data)
    said = subprocess.run(["exiftool", "-j", "-struct", "-n", str(file)], capture_output=True, check=True)
    return json.loads(said.stdout)[0]


@pytest.mark.parametrize("orientation", TURNS)
def test_a_name_goes_out_where_the_face_is_stored_and_comes_back(account, other, tmp_path, orientation):
    photo = stored(orientation)
    sent(account, **{"trip/astro.jpg": photo})
    face = Face.objects.get(owner=account)
    person = Person.objects.create(owner=account)
    Face.objects.filter(pk=face.pk).update(person=person)
    people.patch(account, str(uuid.uuid4()), person.uuid, {"name": "Eileen Ösé"})

    copy = exported(account, "copies")["trip/astro.jpg"]
    sidecar = exported(account, "sidecars")["trip/astro.jpg.xmp"]
    for name, data in (("copy.jpg", copy), ("side.xmp", sidecar)):
        told = read_by_exiftool(tmp_path, name, data)["RegionInfo"]
        (region,) = told["RegionList"]
        assert region["Name"] == "Eileen Ösé"
        with Image.open(io.BytesIO(photo)) as image:
            assert (told["AppliedToDimensions"]["W"], told["AppliedToDimensions"]["H"]) == image.size
            pixels = np.asarray(image.convert("L"), float)
        x, y = (region["Area"][axis] * size for axis, size in zip("XY", pixels.shape[::-1], strict=True))
        w, h = (region["Area"][axis] * size for axis, size in zip("WH", pixels.shape[::-1], strict=True))
        seen = Photo.objects.get(owner=account)
        assert sorted((w, h)) == pytest.approx(sorted(face.box[2:]), abs=0.1)
        assert upright((x, y), pixels.shape[::-1], orientation) == pytest.approx(
            (face.box[0] + face.box[2] / 2, face.box[1] + face.box[3] / 2), abs=1.0
        )
        assert (seen.width, seen.height) == (512, 512)
    with Image.open(io.BytesIO(photo)) as before, Image.open(io.BytesIO(copy)) as after:
        assert np.array_equal(np.asarray(before), np.asarray(after))

    sent(other, **{"astro.jpg": copy})
    back = Face.objects.get(owner=other)
    assert (back.person.name, back.assigned_by, back.origin) == ("Eileen Ösé", "import", "detector")


def upright(point, size, orientation):
    """Where a point of the picture as stored is seen, by what EXIF says of each orientation."""
    (x, y), (width, height) = point, size
    return {1: (x, y), 3: (width - x, height - y), 6: (height - y, x), 8: (y, width - x)}[orientation]


@pytest.mark.parametrize("first", ["photo", "sidecar"])
def test_a_sidecar_is_read_whichever_comes_first(account, other, first):
    sent(account, **{"astro.jpg": stored(6)})
    person = Person.objects.create(owner=account, name="Eileen")
    Face.objects.filter(owner=account).update(person=person)
    sidecar = exported(account, "sidecars")["astro.jpg.xmp"]
    files = {"astro.jpg": stored(6), "astro.jpg.xmp": sidecar}
    batch = sent(other, **dict(sorted(files.items(), reverse=first == "sidecar")))
    assert Face.objects.get(owner=other).person.name == "Eileen"
    states = dict(Item.objects.filter(batch=batch).values_list("name", "state"))
    assert states == {"astro.jpg": "faces", "astro.jpg.xmp": "faces"}
    assert not Job.objects.filter(state="failed").exists()
