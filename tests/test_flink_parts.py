"""What a Flink cluster is made of: clear words where it can't be had, one jar out of many."""

import zipfile

import pytest

from scripts import flink_parts
from scripts.flink_cluster import parser, settings_of
from scripts.flink_processes import Cluster, began
from tests.patience import PATIENCE

LONGER = str(10 * PATIENCE)  # seconds: what sleeps so long is ended by the test


def test_a_jar_that_is_named_is_taken_and_nothing_fetched(tmp_path, monkeypatch):
    jar = tmp_path / "server.jar"
    jar.write_bytes(b"jar")
    monkeypatch.setenv(flink_parts.JAR_VARIABLE, str(jar))
    assert flink_parts.job_server(tmp_path, "2.77.0") == jar
    monkeypatch.setenv(flink_parts.JAR_VARIABLE, str(tmp_path / "none.jar"))
    with pytest.raises(
        flink_parts.MissingPartError, match=r"names no file\. Expected .*received .*none\.jar"
    ):
        flink_parts.job_server(tmp_path, "2.77.0")


def test_without_maven_one_paragraph_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv(flink_parts.JAR_VARIABLE, raising=False)
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(flink_parts.MissingPartError) as error:
        flink_parts.job_server(tmp_path, "2.77.0")
    assert "received: no mvn on PATH. Fix: reach Maven Central" in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_a_maven_that_finds_nothing_is_quoted(tmp_path, monkeypatch):
    monkeypatch.delenv(flink_parts.JAR_VARIABLE, raising=False)
    monkeypatch.setattr(flink_parts, "maven", lambda *_: "[ERROR] Could not find artifact\n[ERROR] at all")
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(flink_parts.MissingPartError, match="received: .ERROR. Could not find artifact"):
        flink_parts.job_server(tmp_path, "2.77.0")


def test_no_java_is_told(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(flink_parts.MissingPartError, match="Expected version 11 or 17 .* received none"):
        flink_parts.java()


def test_parts_become_one_jar_with_all_services(tmp_path):
    for name, text in (("a", b"one.A"), ("b", b"two.B")):
        with zipfile.ZipFile(tmp_path / f"{name}.jar", "w") as jar:
            jar.writestr("META-INF/services/some.Service", text)
            jar.writestr("META-INF/OWNER.SF", b"signed")
            jar.writestr("META-INF/MANIFEST.MF", b"Main-Class: other")
            jar.writestr("shared/Same.class", name.encode())
            jar.writestr(f"own/{name}.class", b"code")
    flink_parts.merge([tmp_path / "a.jar", tmp_path / "b.jar"], tmp_path / "all.jar")
    with zipfile.ZipFile(tmp_path / "all.jar") as jar:
        assert jar.read("META-INF/services/some.Service").split() == [b"one.A", b"two.B"]
        assert f"Main-Class: {flink_parts.DRIVER}".encode() in jar.read("META-INF/MANIFEST.MF")
        assert sorted(n for n in jar.namelist() if n.endswith(".class")) == [
            "own/a.class",
            "own/b.class",
            "shared/Same.class",
        ]
        assert jar.read("shared/Same.class") == b"a"
        assert "META-INF/OWNER.SF" not in jar.namelist()


def test_nothing_listens_beyond_this_machine(tmp_path):
    options = parser().parse_args(["up", "--dir", str(tmp_path), "--rest-port", "9999"])
    settings = settings_of(options)
    places = [value for key, value in settings.items() if key.endswith(("host", "address"))]
    assert set(places) == {"localhost"}
    assert settings["rest.port"] == 9999


@pytest.mark.filterwarnings("ignore")  # processes outlive the objects that started them, on purpose
def test_down_ends_what_it_started_and_no_other_that_has_its_number(tmp_path):
    (tmp_path / "run" / "logs").mkdir(parents=True)
    cluster = Cluster(tmp_path)
    cluster.start("one", ["sleep", LONGER])
    cluster.start("two", ["sleep", LONGER])
    pids = {name: process["pid"] for name, process in cluster.told["processes"].items()}
    again = Cluster(tmp_path)
    again.told["processes"]["two"]["began"] += 1  # as if the number had been given to another since
    again.end("one")
    assert began(pids["one"]) is None
    assert not again.alive("two")
    again.end("two")
    assert began(pids["two"]) is not None
    cluster.end("two")
    assert began(pids["two"]) is None
