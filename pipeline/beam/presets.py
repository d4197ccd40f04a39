"""Where Beam's work runs: turns ``--beam runner=NAME[,key=value...]`` into arguments of Beam's pipelines."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Given = Mapping[str, str]  # the keys and values of --beam, without the runner

# FnApiRunner works in this process; Beam's default would first try to download another runner. Without
# NO_PACKING TFX packs itself for workers elsewhere, which takes some 4 s for each component and leaves 52 MB
# in the folder of temporary files each time.
NO_PACKING = "--sdk_container_image=none"
BEAM_ARGUMENTS = ("--runner=FnApiRunner", NO_PACKING)
FILES = ("shared", "apart")

REFUSED = {
    "dask": "DaskRunner gives tagged outputs to every branch, loses what finish_bundle gives, runs only the "
    "last leaf, and its WriteToTFRecord writes nothing (Beam 2.77)",
    "pyspark": "beam-pyspark-runner loses and doubles records as DaskRunner does: tagged outputs go to every "
    "branch, and finish_bundle's are lost",
    "prism": "PrismRunner downloads a program when it starts, and was not checked here",
    "ray": "no Beam runner for Ray was checked here",
}
ALIASES = {
    "daskrunner": "dask",
    "beam-pyspark-runner": "pyspark",
    "beam_pyspark_runner": "pyspark",
    "pysparkrunner": "pyspark",
    "prismrunner": "prism",
    "rayrunner": "ray",
}


@dataclass(frozen=True)
class BeamChoice:
    """A runner's name, Beam's arguments for it, and whether its workers see the root's files."""

    runner: str
    arguments: tuple[str, ...]
    shared_files: bool = True


def beam_choice(text: str) -> BeamChoice:
    """The choice that ``--beam`` asks for; an empty text means ``runner=local``.

    Raises ValueError, one line, for a runner that is unknown or refused, and for a wrong key or value.
    """
    pairs = [part.partition("=") for part in text.split(",") if part]
    wrong = [part for part, sign, value in pairs if not sign or not value]
    if wrong:
        raise ValueError(f"--beam {text}: {wrong[0]!r} has no value. Expected runner=NAME[,key=value...].")
    given = {key: value for key, _, value in pairs}
    name = given.pop("runner", "local")
    refused = ALIASES.get(name.lower(), name.lower())
    if refused in REFUSED:
        raise ValueError(
            f"--beam runner={name} is refused: {REFUSED[refused]}. Use one of: {', '.join(PRESETS)}."
        )
    if name not in PRESETS:
        raise ValueError(
            f"Unknown Beam runner {name!r}. Expected one of: {', '.join(PRESETS)}; any other may lose or "
            "double records. Add runners that were checked in pipeline/beam/presets.py."
        )
    keys, arguments_of = PRESETS[name]
    unknown = sorted(set(given) - {*keys, "files"})
    if unknown:
        expected = ", ".join((*keys, "files"))
        raise ValueError(f"--beam runner={name} takes no {unknown[0]!r}. Expected one of: {expected}.")
    files = given.pop("files", "apart" if name == "dataflow" else "shared")
    if files not in FILES:
        raise ValueError(f"--beam files={files} is wrong. Expected one of: {', '.join(FILES)}.")
    return BeamChoice(name, tuple(arguments_of(given)), files == "shared")


def number(given: Given, key: str) -> int:
    """The value of ``key``, a count of at least 1; by default the cores that this process may use."""
    value = given.get(key, str(len(os.sched_getaffinity(0))))
    if not value.isdigit() or int(value) < 1:
        raise ValueError(f"--beam {key}={value} is wrong. Expected a number of at least 1.")
    return int(value)


def local(_given: Given) -> tuple[str, ...]:
    """Beam's runner in this process."""
    return BEAM_ARGUMENTS


def processes(given: Given) -> tuple[str, ...]:
    """The same runner, with its workers in processes of their own on this machine.

    A pool with ``job_endpoint=embed`` would do it too, but has one worker whatever number is asked for (Beam
    2.77).
    """
    mode = ("--direct_running_mode=multi_processing", f"--direct_num_workers={number(given, 'workers')}")
    return (*BEAM_ARGUMENTS, *mode)


def flink(given: Given) -> tuple[str, ...]:
    """A Flink cluster: through a job server that runs (``endpoint``) or one started per job (``master``)."""
    if "master" in given:
        jar = given.get("jar") or os.environ.get("BEAM_FLINK_JOB_SERVER_JAR")
        server = ["--runner=FlinkRunner", f"--flink_master={given['master']}"]
        server += (
            [f"--flink_job_server_jar={jar}"] if jar else [f"--flink_version={given.get('version', '1.19')}"]
        )
    else:
        server = ["--runner=PortableRunner", f"--job_endpoint={given.get('endpoint', 'localhost:8099')}"]
    # Python workers are kept from stage to stage, because each start imports TensorFlow.
    return (
        *server,
        f"--parallelism={number(given, 'parallelism')}",
        "--environment_cache_millis=10000",
        *environment(given),
    )


def spark(given: Given) -> tuple[str, ...]:
    """A Spark cluster, reached in the same two ways as Flink."""
    if "master" in given:
        server = ["--runner=SparkRunner", f"--spark_master_url={given['master']}"]
        server += [f"--spark_job_server_jar={given['jar']}"] if "jar" in given else []
    else:
        server = ["--runner=PortableRunner", f"--job_endpoint={given.get('endpoint', 'localhost:8099')}"]
    return (*server, "--environment_cache_millis=10000", *environment(given))


def dataflow(given: Given) -> tuple[str, ...]:
    """Google Cloud Dataflow; the workers' packages come in an ``image`` or by a ``setup_file``."""
    missing = [key for key in ("project", "region", "temp") if key not in given]
    if missing:
        raise ValueError(
            f"--beam runner=dataflow lacks {missing[0]!r}. Expected project=ID,region=NAME,temp=gs://BUCKET/DIR."
        )
    packages = [key for key in ("image", "setup_file") if key in given]
    if len(packages) != 1:
        raise ValueError(
            "--beam runner=dataflow needs the workers' packages once. Expected image=REF or setup_file=FILE; "
            f"received {' and '.join(packages) or 'neither'}."
        )
    carried = "sdk_container_image" if packages == ["image"] else "setup_file"
    return (
        "--runner=DataflowRunner",
        f"--project={given['project']}",
        f"--region={given['region']}",
        f"--temp_location={given['temp']}",
        f"--{carried}={given[packages[0]]}",
        f"--max_num_workers={number({'workers': given.get('workers', '10')}, 'workers')}",
        "--experiments=use_runner_v2",
    )


def environment(given: Given) -> tuple[str, ...]:
    """Where a cluster's Python workers come from: a container ``image``, or a ``pool`` on each machine."""
    if "image" in given and "pool" in given:
        raise ValueError("--beam takes image=REF or pool=HOST:PORT, not both. Leave one out.")
    if "image" in given:
        return ("--environment_type=DOCKER", f"--environment_config={given['image']}", *packed(given))
    return (*external(given.get("pool", "localhost:50000")), *packed(given)[1:])


def packed(given: Given) -> tuple[str, ...]:
    """Keeps TFX from packing itself, as an image or a pool has it; a ``setup_file`` brings this project."""
    return (NO_PACKING, *([f"--setup_file={given['setup_file']}"] if "setup_file" in given else []))


def external(address: str) -> tuple[str, ...]:
    """Workers of the pool at ``address``."""
    return ("--environment_type=EXTERNAL", f"--environment_config={address}", NO_PACKING)


CLUSTER_KEYS = ("endpoint", "master", "jar", "pool", "image", "setup_file")
PRESETS: dict[str, tuple[tuple[str, ...], Callable[[Given], tuple[str, ...]]]] = {  # keys, and arguments
    "local": ((), local),
    "processes": (("workers",), processes),
    "flink": ((*CLUSTER_KEYS, "parallelism", "version"), flink),
    "spark": (CLUSTER_KEYS, spark),
    "dataflow": (("project", "region", "temp", "image", "setup_file", "workers"), dataflow),
}
