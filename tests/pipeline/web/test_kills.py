"""What was answered is kept: web and worker are killed at random moments, and nothing is lost or doubled."""

import hashlib
import random
import sys
import threading
import time

import pytest

from tests.pipeline.web.databases import DATABASES, database
from tests.pipeline.web.journal import AtWork, faces
from tests.pipeline.web.served import Visitor, serving


def killed(data, address, kills, seed):
    """Kills processes while two browsers are at work; returns their journals and what is kept at the end."""
    moments = random.Random(seed)
    with serving(data, address) as served:
        visitor = Visitor(served.url).sign_up("Anna", served.token)
        photos, lock = faces(), threading.Lock()
        workers = [AtWork(served.url, visitor.jar, seed + n, photos, lock) for n in range(2)]
        for worker in workers:
            worker.start()
        for _ in range(kills):
            time.sleep(moments.uniform(0.2, 2.5))
            served.kill(moments.choice(["web", "worker"]))
        time.sleep(3)
        for worker in workers:
            worker.stopped.set()
        for worker in workers:
            worker.join(60)
        kept = all_kept(visitor, sum(len(worker.sent) for worker in workers))
        originals = [path.read_bytes() for path in (data / "photos" / "original").glob("*/*")]
    return workers, kept, [hashlib.sha256(content).hexdigest() for content in originals]


def all_kept(visitor, least):
    """Every photo with its faces and comments, once all photos were looked at."""
    until = time.monotonic() + 240
    while True:
        photos, after = [], ""
        while after is not None:
            told = visitor.ask("GET", f"photos?limit=200&after={after}" if after else "photos?limit=200")
            photos, after = photos + told["items"], told["next"]
        if len(photos) >= least and all(photo["width"] for photo in photos):
            break
        assert time.monotonic() < until, (len(photos), least)
        time.sleep(1)
    out = []
    for photo in photos:
        whole = visitor.ask("GET", f"photos/{photo['id']}")
        whole["comments"] = visitor.ask("GET", f"photos/{photo['id']}/comments?limit=200")["items"]
        out.append(whole)
    return out


def check(data, address, kills, seed, capsys):
    workers, kept, files = killed(data, address, kills, seed)
    assert [worker.broken for worker in workers] == [None, None]
    sent = {name for worker in workers for name in worker.sent}
    said = sorted(text for worker in workers for text in worker.said)
    undone = {name for worker in workers for name in worker.undone}
    drawn = {name for worker in workers for name in worker.drawn} - undone
    with capsys.disabled():
        sys.stdout.write(
            f"\n{kills} kills: {len(sent)} photos, {len(said)} comments, {len(drawn)} drawn faces and "
            f"{len(undone)} undone were acknowledged; {sum(w.failures for w in workers)} requests broke\n"
        )
    assert sent <= set(files), "photos that were acknowledged are missing"
    assert len(files) == len(set(files)), "files are doubled"
    names = [photo["name"] for photo in kept]
    assert len(names) == len(set(names)), "photos are doubled"
    assert {name[:12] for name in sent} <= {name.partition(".")[0] for name in names}
    assert sorted(one["text"] for photo in kept for one in photo["comments"]) == said
    by_hand = [face for photo in kept for face in photo["faces"] if face["origin"] == "drawn"]
    assert sorted(face["person"]["name"] for face in by_hand) == sorted(drawn)
    found = [len([face for face in photo["faces"] if face["origin"] == "detector"]) for photo in kept]
    assert max(found, default=0) <= 1, "a face of a photo with one is doubled"


def test_five_kills_lose_and_double_nothing(tmp_path, capsys):
    check(tmp_path / "data", "", 5, 1, capsys)


@pytest.mark.slow_web
@pytest.mark.parametrize("name", DATABASES)
def test_fifty_kills_lose_and_double_nothing(tmp_path, capsys, name):
    with database(name) as address:
        check(tmp_path / "data", address, 50, 2, capsys)
