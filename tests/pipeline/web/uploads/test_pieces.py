"""Files that come in pieces: none is lost, none doubled, whatever is sent twice, too late or never."""

import itertools

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from pipeline.web import storage
from pipeline.web.models import Item, Job, Photo
from pipeline.web.uploads import arrivals, batches, pieces
from pipeline.web.uploads.arrivals import settle
from tests.pipeline.web.uploads.pictures import picture

SEEDS = itertools.count(1)
SIZE = 5000  # bytes of a file that is sent in any pieces
pytestmark = pytest.mark.django_db


def announced(account, *files):
    told = [batches.Announced(f"{number}.jpg", len(data), number) for number, data in enumerate(files)]
    return batches.announce(account, "browser", told)


def item_of(batch, number=0):
    return Item.objects.select_related("batch__owner").get(batch=batch, number=number)


def all_came(batch, data):
    """The first item of a batch, whose last piece was flushed and acknowledged, and its file."""
    item = item_of(batch)
    item.file, item.offset = storage.new_name(), len(data)
    item.save()
    part = storage.file_of("incoming", item.file)
    storage.make_folder(part.parent)
    part.write_bytes(data)
    return item, part


def send(item, data, first=0, last=None):
    last = len(data) if last is None else last
    return pieces.take_piece(item, first, last - first, [data[first:last]])


def test_a_file_in_one_piece_becomes_a_photo_with_a_job(account):
    data = picture(next(SEEDS))
    item = send(item_of(announced(account, data)), data)
    photo = Photo.objects.get()
    assert (item.state, item.photo) == ("sent", photo)
    assert storage.file_of("original", photo.file).read_bytes() == data
    assert photo.kind == "image/jpeg"
    assert Job.objects.get().payload == {"photo": photo.pk}


@given(
    cuts=st.sets(st.integers(1, SIZE - 1), max_size=6),
    times=st.lists(st.integers(1, 3), min_size=7, max_size=7),
)
@examples(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pieces_of_any_length_sent_any_number_of_times_make_the_same_file(account, cuts, times):
    # All is drawn before anything is sent: an example that is given up half-way would leave its file half sent,
    # and the next one, announced alike, would rightly go on with it.
    content = picture(next(SEEDS)).ljust(SIZE, b"\0")
    item = item_of(announced(account, content))
    for (first, last), sent in zip(itertools.pairwise([0, *sorted(cuts), SIZE]), times, strict=False):
        for _ in range(sent):
            item = send(item, content, first, last)
    assert item.state == "sent"
    assert storage.file_of("original", item.photo.file).read_bytes() == content
    assert Photo.objects.filter(sha256=item.photo.sha256).count() == 1


def test_a_piece_beyond_the_end_is_refused_with_the_offset(account):
    data = picture(next(SEEDS))
    item = send(item_of(announced(account, data)), data, 0, 100)
    with pytest.raises(pieces.WrongPiece) as wrong:
        send(item, data, 200, 300)
    assert wrong.value.offset == 100


def test_fewer_or_more_bytes_than_told_change_nothing(account):
    data = picture(next(SEEDS))
    item = item_of(announced(account, data))
    for sent in (data[:50], data[:150]):
        with pytest.raises(ValueError, match="bytes came"):
            pieces.take_piece(item, 0, 100, [sent])
        assert item_of(item.batch).offset == 0
    assert send(item, data).state == "sent"


def test_the_same_content_twice_is_one_photo(account):
    data = picture(next(SEEDS))
    batch = announced(account, data, data)
    first, second = (send(item_of(batch, number), data) for number in (0, 1))
    assert (first.state, second.state) == ("sent", "duplicate")
    assert first.photo == second.photo
    assert Job.objects.count() == 1


def test_two_accounts_have_each_its_own_photo(account, other):
    data = picture(next(SEEDS))
    for who in (account, other):
        assert send(item_of(announced(who, data)), data).state == "sent"
    assert Photo.objects.filter(sha256=Photo.objects.first().sha256).count() == 2


@pytest.mark.parametrize(
    ("data", "reason"), [(b"#!/bin/sh\n" * 9, "not_an_image"), (b"<svg onload=alert(1)>" * 4, "not_an_image")]
)
def test_what_is_no_picture_is_rejected_by_its_first_bytes(account, data, reason):
    before = set((settings.PLACE.folder / "incoming").glob("*/*"))
    item = send(item_of(announced(account, data)), data)
    assert (item.state, item.reason.partition(":")[0], item.photo) == ("rejected", reason, None)
    assert set((settings.PLACE.folder / "incoming").glob("*/*")) == before


def test_the_same_list_finds_its_batch_until_all_has_come(account):
    data = [picture(next(SEEDS)) for _ in range(3)]
    batch = announced(account, *data)
    send(item_of(batch), data[0])
    again = announced(account, *data)
    assert again == batch
    assert batches.missing(again) == [{"number": 1, "offset": 0}, {"number": 2, "offset": 0}]
    for number in (1, 2):
        send(item_of(batch, number), data[number])
    assert announced(account, *data) != batch


@pytest.mark.parametrize("lost", ["after the bytes", "after the place", "with the file"])
def test_what_a_killed_server_left_is_done_at_the_next_announcement(account, monkeypatch, lost):
    """Then the server was killed."""
    data = picture(next(SEEDS))
    batch = announced(account, data)
    item, part = all_came(batch, data)
    if lost == "after the place":
        killed_before_its_row(item, monkeypatch)
    if lost == "with the file":
        part.unlink()
    settle(batch)
    item = item_of(batch)
    if lost == "with the file":
        assert (item.state, item.offset) == ("waiting", 0)
        item = send(item, data)
    assert item.state == "sent"
    assert Photo.objects.filter(owner=account).count() == 1
    assert originals(data) == [storage.file_of("original", item.photo.file)]


def originals(data):
    """The files of this content among all originals."""
    return [file for file in settings.PLACE.folder.glob("photos/original/*/*") if file.read_bytes() == data]


def killed_before_its_row(item, monkeypatch):
    """The server dies when the file lies in its place, and no row tells of it yet."""

    def killed(*_):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(arrivals, "_new_photo", killed)
        with pytest.raises(SystemExit):
            arrivals.arrived(item)


@pytest.mark.parametrize("step", ["check_start", "file_hash", "_known", "kind_of"])
def test_a_last_piece_that_is_taken_twice_at_once_keeps_the_file_of_the_photo(account, monkeypatch, step):
    """At any step of the one, the other is done from its start to its end."""
    data = picture(next(SEEDS))
    batch = announced(account, data)
    item, part = all_came(batch, data)
    does, asked = getattr(arrivals, step), []

    def first_the_other(*told):
        if not asked:
            asked.append(True)
            arrivals.arrived(item_of(batch))
        return does(*told)

    monkeypatch.setattr(arrivals, step, first_the_other)
    item = arrivals.arrived(item)
    photo = Photo.objects.get()
    assert asked
    assert originals(data) == [storage.file_of("original", photo.file)]
    assert (item.state, item.photo, item.file) == ("sent", photo, "")
    assert not part.exists()
    assert Job.objects.filter(kind="look").count() == 1


@pytest.mark.parametrize(
    "header", ["", "bytes 0-9", "bytes 5-4/10", "bytes 0-9/11", "bytes 0-10/10", "bytes -1-9/10"]
)
def test_a_range_that_does_not_fit_the_file_is_refused(header):
    with pytest.raises(ValueError, match="Content-Range"):
        pieces.range_of(header, Item(size=10))


@pytest.mark.parametrize("name", ["../x", "a" * 31, "", "/etc/passwd", "A" * 32, "a" * 32 + "/.."])
def test_no_name_that_is_not_ours_leads_to_a_file(name):
    with pytest.raises(ValueError, match="no file's name"):
        storage.file_of("original", name)
