"""What a Flink cluster for Beam is made of: Flink's distribution, Beam's job server, Java.

Standard library only. Flink comes out of the PyPI package `apache-flink-libraries`, which holds the
distribution's jars; the job server from Maven Central, by `mvn`; each is fetched once, into one folder.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

FLINK_VERSION = "1.19.3"
FLINK_LINE = ".".join(FLINK_VERSION.split(".")[:2])
PARTS_VERSION = "2.62.0"  # the latest whose modules for this Flink are all in the repository, see job_server
JAR_VARIABLE = "BEAM_FLINK_JOB_SERVER_JAR"
DRIVER = "org.apache.beam.runners.flink.FlinkJobServerDriver"
COPY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1"
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>facefold</groupId><artifactId>flink-job-server</artifactId><version>1</version>
<packaging>pom</packaging>
<dependencies><dependency><groupId>org.apache.beam</groupId>
<artifactId>beam-runners-flink-{line}</artifactId><version>{version}</version></dependency></dependencies>
</project>
"""


class MissingPartError(RuntimeError):
    """A part can't be had; the message is one paragraph with the fix."""


def say(text):
    """Prints one line of progress."""
    print(f"flink: {text}", file=sys.stderr, flush=True)


def java():
    """The `java` to run with; MissingPartError where there is none of version 11 or 17."""
    found = shutil.which("java")
    told = subprocess.run([found, "-version"], capture_output=True, text=True).stderr if found else ""
    match = re.search(r'version "(\d+)', told)
    if match is None or int(match[1]) not in (11, 17):
        raise MissingPartError(
            f"Flink {FLINK_VERSION} needs Java. Expected version 11 or 17 as `java` on PATH; received "
            f"{told.splitlines()[0] if told else 'none'}. Fix: install openjdk-17-jre-headless."
        )
    return found


def flink_libraries(folder):
    """The folder of Flink's jars below ``folder``, fetched by pip where it is missing; with bash-java-utils.

    Raises MissingPartError where PyPI can't be reached.
    """
    place = folder / f"flink-{FLINK_VERSION}"
    if place.is_dir():
        return place
    say(f"fetching apache-flink-libraries {FLINK_VERSION} (230 MB) from PyPI")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        command = ["download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", scratch]
        told = pip(*command, f"apache-flink-libraries=={FLINK_VERSION}")
        archives = list(Path(scratch).glob("*.tar.gz"))
        if not archives:
            raise MissingPartError(
                f"Flink's distribution can't be had. Expected apache-flink-libraries {FLINK_VERSION} from "
                f"PyPI; received: {told[-300:].strip()}. Fix: reach PyPI, or unpack a Flink {FLINK_LINE} so "
                f"that its jars lie in {place}."
            )
        unpacked = Path(scratch) / "jars"
        unpacked.mkdir()
        with tarfile.open(archives[0]) as archive:
            for member in archive:
                if re.search(r"/deps/(lib|bin)/[^/]+\.jar$", member.name):
                    source = archive.extractfile(member)
                    (unpacked / Path(member.name).name).write_bytes(source.read())
        unpacked.rename(place)
    return place


def pip(*arguments):
    """Runs a pip that can download, and returns what it said: of this Python, else the one on PATH."""
    own = [sys.executable, "-m", "pip"]
    has_own = subprocess.run([*own, "--version"], capture_output=True).returncode == 0
    outside = shutil.which("pip3") or shutil.which("pip")
    command = own if has_own else [outside] if outside else None
    if command is None:
        return "no pip, neither in this Python nor on PATH"
    done = subprocess.run([*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout


def job_server(folder, beam_version):
    """Beam's Flink job server as one jar.

    The file that the environment variable BEAM_FLINK_JOB_SERVER_JAR names, or what was fetched before, or
    the released jar of ``beam_version`` from Maven Central; where Maven's repository has no such jar, one is
    put together from the released modules that it is made of, of Beam ``PARTS_VERSION``, and said so.

    Raises MissingPartError where none of these works.
    """
    given = os.environ.get(JAR_VARIABLE)
    if given:
        if Path(given).is_file():
            return Path(given)
        raise MissingPartError(
            f"{JAR_VARIABLE} names no file. Expected a job server's jar; received {given}. Fix: give the "
            f"path of beam-runners-flink-{FLINK_LINE}-job-server-{beam_version}.jar, or unset it."
        )
    kept = sorted(folder.glob("beam-flink-*.jar"))
    if kept:
        return kept[-1]
    return fetched_job_server(folder, beam_version)


def fetched_job_server(folder, beam_version):
    """``job_server`` by Maven."""
    mvn = shutil.which("mvn")
    told = "no mvn on PATH"
    if mvn:
        name = f"beam-runners-flink-{FLINK_LINE}-job-server"
        target = folder / f"beam-flink-{FLINK_LINE}-job-server-{beam_version}.jar"
        say(f"fetching {name} {beam_version} from Maven Central")
        coordinates = f"-Dartifact=org.apache.beam:{name}:{beam_version}"
        told = maven(mvn, folder, f"{COPY_PLUGIN}:get", coordinates, "-Dtransitive=false")
        found = list((folder / "m2").glob(f"org/apache/beam/{name}/{beam_version}/*.jar"))
        if found:
            shutil.copyfile(found[0], target)
            return target
        say(f"it is not there; putting one together from the modules of Beam {PARTS_VERSION}")
        told = maven(mvn, folder, f"{COPY_PLUGIN}:copy-dependencies", "-DincludeScope=runtime")
        parts = sorted((folder / "parts").glob("*.jar"))
        if any(part.name.startswith("beam-runners-flink-") for part in parts):
            target = folder / f"beam-flink-{FLINK_LINE}-parts-{PARTS_VERSION}.jar"
            merge(parts, target)
            return target
    raise MissingPartError(
        f"Beam's Flink job server can't be had. Expected beam-runners-flink-{FLINK_LINE}-job-server "
        f"{beam_version}, or the modules of {PARTS_VERSION}, from Maven Central by mvn; received: "
        f"{' '.join(told.split())[-300:]}. Fix: reach Maven Central, or fetch the jar elsewhere "
        f"and set {JAR_VARIABLE}=FILE."
    )


def maven(mvn, folder, goal, *arguments):
    """Runs one goal of Maven, everything below ``folder``; returns what it said."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pom.xml").write_text(POM.format(line=FLINK_LINE, version=PARTS_VERSION))
    command = [mvn, "-B", "-q", "-f", folder / "pom.xml", f"-Dmaven.repo.local={folder / 'm2'}", goal]
    command += [*arguments, f"-DoutputDirectory={folder / 'parts'}"]
    done = subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.stdout


def merge(parts, target):
    """All ``parts`` in one jar that starts the job server: service files joined, signatures left out."""
    seen, services = set(), {}
    half = target.with_suffix(".half")
    with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as jar:
        manifest = f"Manifest-Version: 1.0\r\nMain-Class: {DRIVER}\r\nMulti-Release: true\r\n\r\n"
        jar.writestr("META-INF/MANIFEST.MF", manifest)
        for part in parts:
            with zipfile.ZipFile(part) as source:
                for name in source.namelist():
                    if name.startswith("META-INF/services/") and not name.endswith("/"):
                        services.setdefault(name, []).append(source.read(name))
                    elif wanted(name) and name not in seen:
                        seen.add(name)
                        jar.writestr(name, source.read(name))
        for name, texts in services.items():
            jar.writestr(name, b"\n".join(texts) + b"\n")
    half.rename(target)


def wanted(name):
    """Whether a file of a part goes into the one jar."""
    signed = re.fullmatch(r"META-INF/[^/]+\.(SF|DSA|RSA)", name)
    return not (name.endswith("/") or name == "META-INF/MANIFEST.MF" or "module-info" in name or signed)
