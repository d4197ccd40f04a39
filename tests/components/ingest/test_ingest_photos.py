import hashlib
import json
import threading

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.ingest import photo_cache, photos, progress
from components.ingest.accounting import require_faces, rows_to_parquet, totals
from components.ingest.beam_stages import drop_duplicates, hash_photos
from components.ingest.content import content_hash
from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.detect.detectors import make_detector
from components.ingest.photo_cache import Outcome, PhotoCache
from components.ingest.row import Row
from components.ingest.settings import IngestSettings
from components.ingest.sources import Photo
from models.devices.memory import Room
from schemas.face import Face
from tests.components.ingest.pictures import astronaut, encoded

OUTCOME = Outcome(
    30,
    20,
    (
        Face((1.0, 2.0, 3.0, 4.0), 0.9, 5.0, b"chip", (1.0,) * 10, matrix=(2.0,) * 6),
        Face((0.0,) * 4, 1.0, 0.0, matrix=(1.0,) * 6),
    ),
)

ROOM = Room(2**30)


def no_points(path, faces):
    return [() for _ in faces]


def test_cache_gives_back_what_it_was_given(tmp_path):
    cache = PhotoCache(str(tmp_path), IngestSettings())
    assert cache.get("ab12") is None
    for digest, outcome in (("ab12", OUTCOME), ("cd34", Outcome(reason="empty: 0 bytes"))):
        cache.put(digest, outcome)
        assert cache.get(digest) == outcome
    assert PhotoCache("", IngestSettings()).get("ab12") is None


@pytest.mark.parametrize(
    "change", [{"min_face": 50}, {"detector": "none"}, {"chip_format": "png"}, {"alignment": "points"}]
)
def test_cache_is_kept_apart_by_settings_and_code(tmp_path, change, monkeypatch):
    PhotoCache(str(tmp_path), IngestSettings()).put("ab12", OUTCOME)
    assert PhotoCache(str(tmp_path), IngestSettings(**change)).get("ab12") is None
    assert PhotoCache(str(tmp_path), IngestSettings(split_by="label")).get("ab12") == OUTCOME
    monkeypatch.setattr(photo_cache, "code_version", lambda: "another")
    assert PhotoCache(str(tmp_path), IngestSettings()).get("ab12") is None


@pytest.mark.parametrize("damage", [b"", b"\x05", b"\xff\xff\xff\xff", b"\2\0\0\0{}", b"\2\0\0\0[]"])
def test_a_damaged_cache_file_counts_as_none(tmp_path, damage):
    cache = PhotoCache(str(tmp_path), IngestSettings())
    cache.put("ab12", OUTCOME)
    (file,) = tmp_path.glob("*/ab/ab12")
    whole = file.read_bytes()
    for data in (damage, whole[:-1], whole[:-1] + b"x"):
        file.write_bytes(data)
        assert cache.get("ab12") is None


def two_faces(tmp_path):
    """The astronaut beside a smaller copy of herself, as a labelled photo."""
    import cv2
    import numpy as np

    image = astronaut()
    small = cv2.resize(image, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    both = np.zeros((512, 512 + small.shape[1], 3), np.uint8)
    both[:, :512] = image
    both[: small.shape[0], 512:] = small
    file = tmp_path / "two.png"
    file.write_bytes(encoded(both))
    return Photo("ann/two.png", str(file), "ann")


@pytest.mark.parametrize("split_by", ["photo", "label"])
def test_faces_of_one_photo_share_the_split_key_and_only_the_largest_the_label(tmp_path, split_by):
    photo = two_faces(tmp_path)
    settings = IngestSettings(split_by=split_by)
    digest = content_hash(photo)
    assert digest == hashlib.sha256((tmp_path / "two.png").read_bytes()).hexdigest()
    row, faces = photos.process(
        photo, digest, make_detector(settings), no_points, settings, PhotoCache("", settings), ROOM
    )
    assert (row.status, row.n_faces, row.width, row.height) == ("faces", 2, 512 + 307, 512)
    assert [face.label for face in faces] == ["ann", ""]
    assert faces[0].box[2] > faces[1].box[2]
    assert {face.split_key for face in faces} == {"ann" if split_by == "label" else digest}
    assert [face.face_index for face in faces] == [0, 1]
    for face in faces:
        assert face.landmarks[:4] == pytest.approx((64, 69.12, 128, 69.12), abs=1e-3)
        assert face.sharpness > 0


def test_a_kept_outcome_is_not_found_again(tmp_path):
    photo = two_faces(tmp_path)
    settings = IngestSettings(cache_dir=str(tmp_path / "cache"))
    cache = PhotoCache(settings.cache_dir, settings)
    digest = content_hash(photo)
    first = photos.process(photo, digest, make_detector(settings), no_points, settings, cache, ROOM)

    def never(_):
        raise AssertionError("the photo was searched again")

    assert photos.process(photo, digest, never, no_points, settings, cache, ROOM) == first


def test_a_file_that_vanishes_between_hash_and_read_is_rejected():
    settings = IngestSettings()
    photo = Photo("gone.jpg", "/no/such/gone.jpg")
    with pytest.raises(RejectedPhoto, match="unreadable"):
        content_hash(photo)
    cache = PhotoCache("", settings)
    row, faces = photos.process(photo, "ab", lambda _: None, no_points, settings, cache, ROOM)
    assert (row.status, faces) == ("rejected", [])
    assert row.reason.startswith("unreadable")


ROWS = [
    Row("b", "faces", n_faces=2, n_landmarks68=1),
    Row("a", "no_face"),
    Row("c", "duplicate", duplicate_of="b"),
    Row("d", "rejected", "empty: 0 bytes"),
    Row("e", "rejected", "empty: 0 bytes"),
    Row("f", "rejected", "corrupt: bad"),
]


def test_totals_add_up_to_the_files():
    counts = totals(ROWS, IngestSettings())
    assert counts["files"] == 6
    assert sum(counts[k] for k in ("with_faces", "no_face", "duplicate", "rejected")) == 6
    assert counts["faces"] == 2
    assert counts["faces_with_landmarks68"] == 1
    assert counts["reasons"] == {"corrupt": 1, "empty": 2}
    assert "AT&T" in counts["credits"]
    require_faces(counts)


def test_no_face_at_all_is_an_error_with_the_counts():
    with pytest.raises(ValueError, match=r"No usable face.*'files': 5.*'rejected': 3.*detector=none"):
        require_faces(totals(ROWS[1:], IngestSettings()))


def test_rows_come_back_from_parquet_in_order():
    table = pq.read_table(pa.BufferReader(rows_to_parquet(ROWS)))
    assert [Row(**row) for row in table.to_pylist()] == sorted(ROWS, key=lambda row: row.path)


def test_progress_adds_up_over_threads_and_workers(tmp_path):
    file = tmp_path / "new" / "progress.json"
    progress.Progress(str(file), 400).start()
    assert json.loads(file.read_text()) == {"done": 0, "total": 400}
    workers = [progress.Progress(str(file), 400) for _ in range(4)]

    def work(worker):
        for _ in range(100):
            worker.add(1)
        worker.finish()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert json.loads(file.read_text()) == {"done": 400, "total": 400}


def test_photos_done_twice_are_not_more_than_all(tmp_path):
    file = tmp_path / "progress.json"
    told = progress.Progress(str(file), 3)
    told.start()
    for _ in range(5):  # two of them a second time, after their first worker was lost
        told.add(1)
    told.finish()
    assert json.loads(file.read_text()) == {"done": 3, "total": 3}


def test_progress_never_disturbs_the_work(tmp_path):
    silent = progress.Progress("", 3)
    silent.start()
    silent.add(1)
    silent.finish()
    (tmp_path / "file").write_text("")
    lost = progress.Progress(str(tmp_path / "file" / "progress.json"), 3)
    lost.start()
    lost.add(1)
    lost.finish()


def test_a_photo_that_changed_since_it_was_hashed_is_kept_by_what_was_decoded(tmp_path):
    file = tmp_path / "a.png"
    file.write_bytes(encoded(astronaut()))
    settings = IngestSettings(cache_dir=str(tmp_path / "cache"))
    cache, earlier = PhotoCache(settings.cache_dir, settings), hashlib.sha256(b"what it was").hexdigest()
    row, faces = photos.process(
        Photo("a.png", str(file)), earlier, make_detector(settings), no_points, settings, cache, ROOM
    )
    now = hashlib.sha256(file.read_bytes()).hexdigest()
    assert row.content_hash == faces[0].content_hash == now
    assert cache.get(earlier) is None
    assert cache.get(now).faces[0].chip == faces[0].chip


def test_the_reason_of_a_photo_without_a_face_names_the_smallest_that_was_looked_for(tmp_path):
    file = tmp_path / "a.png"
    file.write_bytes(encoded(np.full((1500, 2560, 3), 90, np.uint8)))
    settings = IngestSettings()
    found = photos.process(
        Photo("a.png", str(file)),
        "ab12",
        make_detector(settings),
        no_points,
        settings,
        PhotoCache("", settings),
        ROOM,
    )
    assert found[0].reason == "detector auto found no face of at least 24 pixels with a score of at least 0.9"


def test_rejected_photos_and_duplicates_count_as_done(tmp_path):
    file = str(tmp_path / "progress.json")
    progress.Progress(file, 4).start()
    listed = [Photo(f"{name}.jpg", str(tmp_path / name)) for name in "abcd"]
    hashes = [RejectedPhoto("empty"), "ab", "ab", RejectedPhoto("empty")]
    hashed = list(hash_photos(listed, lambda _: hashes, (file, 4)))
    assert json.loads((tmp_path / "progress.json").read_text()) == {"done": 2, "total": 4}
    same = [photo for _, photo in (pair for pair in hashed if isinstance(pair, tuple))]
    list(drop_duplicates(("ab", same), (file, 4)))
    assert json.loads((tmp_path / "progress.json").read_text()) == {"done": 3, "total": 4}
