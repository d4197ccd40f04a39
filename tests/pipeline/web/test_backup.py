"""A backup brings everything back, and from one database into the other."""

import json
import subprocess
import sys
import tarfile

import pytest
from django.core.management import call_command

from tests.pipeline.web.databases import DATABASES, database
from tests.pipeline.web.journal import faces
from tests.pipeline.web.served import PASSWORD, Visitor, serving


def run(action, file, data, address):
    command = [sys.executable, "-m", "pipeline.cli", "web", action, str(file), "--data", str(data)]
    done = subprocess.run(
        [*command, *(["--database", address] if address else [])], capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.django_db
def test_the_tables_have_their_migrations():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.parametrize(("name", "to"), [DATABASES, DATABASES[::-1]])
def test_a_backup_comes_back_in_either_database(tmp_path, name, to):
    photos = faces()
    with database(name) as address:
        with serving(tmp_path / "data", address) as served:
            anna = Visitor(served.url).sign_up("Anna", served.token)
            batch = anna.upload({f"{n}.png": next(photos) for n in range(3)})
            anna.until(lambda told: told["counts"]["faces"] == 3, f"batches/{batch}")
            photo = anna.ask("GET", "photos")["items"][0]["id"]
            anna.ask("POST", f"photos/{photo}/comments", {"text": "Said before."})
            anna.ask("POST", f"photos/{photo}/faces", {"box": [1, 1, 50, 50], "name": "Ida"})
            before = seen(anna)
            code, said = run("backup", tmp_path / "all.tar", tmp_path / "data", address)
        assert code == 0, said
        assert run("backup", tmp_path / "all.tar", tmp_path / "data", address)[0] == 2  # it is there
        assert (
            run("restore", tmp_path / "all.tar", tmp_path / "data", address)[0] == 2
        )  # nothing is overwritten
    with database(to) as address:
        code, said = run("restore", tmp_path / "all.tar", tmp_path / "new", address)
        assert code == 0, said
        with serving(tmp_path / "new", address) as served:
            anna = Visitor(served.url)
            anna.form("/login", name="Anna", password=PASSWORD)
            assert seen(anna) == before
            anna.upload({"more.png": next(photos)})  # the ids go on after those that came back
            files = [anna.open(f"/files/faces/{one}.jpg").read() for one in before["faces"]]
            assert all(data.startswith(b"\xff\xd8") for data in files)


def seen(visitor):
    photos = visitor.ask("GET", "photos?limit=200")["items"]
    found = {"photos": sorted(json.dumps(photo, sort_keys=True) for photo in photos), "faces": []}
    for photo in photos:
        whole = visitor.ask("GET", f"photos/{photo['id']}")
        found["faces"] += [face["id"] for face in whole["faces"] if face["origin"] == "detector"]
        comments = visitor.ask("GET", f"photos/{photo['id']}/comments")["items"]
        found.setdefault("comments", []).extend(comment["text"] for comment in comments)
    found["people"] = [one["name"] for one in visitor.ask("GET", "people")["items"]]
    return found


@pytest.mark.parametrize("entry", ["../outside", "original/../../outside", "rows.jsonl", "/etc/passwd"])
def test_a_hostile_backup_is_refused_and_leaves_nothing(tmp_path, entry):
    file = tmp_path / "bad.tar"
    rows = tmp_path / "rows"
    rows.write_text("")
    with tarfile.open(file, "w") as archive:
        archive.add(rows, "rows.jsonl")
        archive.add(rows, entry)
    code, said = run("restore", file, tmp_path / "data", "")
    assert code == 2
    assert "no backup" in said
    assert not (tmp_path / "outside").exists()
