"""A Flink cluster of this machine for Beam: `up`, `down`, `status`, `revive`; see docs/how-to/beam.md.

One JobManager, TaskManagers, Beam's job server, and a pool of Python workers that all of them share.
Everything lies below one folder; `down` ends what `up` started, by process id and start time; `revive` starts
those TaskManagers again that have ended.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.flink_parts import MissingPartError, flink_libraries, java, job_server, say
from scripts.flink_processes import Cluster

ROOT = Path(__file__).resolve().parent.parent
# What Flink's own scripts give to Java 17 (Flink 1.19, conf/config.yaml).
OPENED = (
    "java.base/java.lang java.base/java.net java.base/java.io java.base/java.nio java.base/sun.nio.ch "
    "java.base/java.lang.reflect java.base/java.text java.base/java.time java.base/java.util "
    "java.base/java.util.concurrent java.base/java.util.concurrent.atomic "
    "java.base/java.util.concurrent.locks java.base/java.lang.invoke"
).split()
EXPORTED = (
    "java.base/sun.net.util java.rmi/sun.rmi.registry jdk.compiler/com.sun.tools.javac.api "
    "java.security.jgss/sun.security.krb5"
).split()
LOG4J = """rootLogger.level = INFO
rootLogger.appenderRef.console.ref = Console
appender.console.name = Console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-60c %x - %m%n
"""


def parser():
    """The arguments."""
    made = argparse.ArgumentParser(prog="flink_cluster.sh", description=__doc__)
    made.add_argument("command", choices=("up", "down", "status", "revive"))
    made.add_argument("--dir", type=Path, default=ROOT / ".runtime" / "flink", help="default: %(default)s")
    made.add_argument("--taskmanagers", type=int, default=2, metavar="N", help="default: %(default)s")
    made.add_argument("--memory", default="1600m", help="of a TaskManager's JVM (default: %(default)s)")
    made.add_argument("--rest-port", type=int, default=8081, help="Flink's page (default: %(default)s)")
    made.add_argument("--rpc-port", type=int, default=6123, help="the JobManager's (default: %(default)s)")
    made.add_argument("--job-port", type=int, default=8099, help="Beam's job server (default: %(default)s)")
    made.add_argument("--pool-port", type=int, default=50000, help="Python workers (default: %(default)s)")
    return made


def settings_of(options):
    """Flink's configuration as a dict: nothing listens beyond this machine; a lost worker is waited for."""
    run = options.dir / "run"
    return {
        "jobmanager.rpc.address": "localhost",
        "jobmanager.rpc.port": options.rpc_port,
        "jobmanager.bind-host": "localhost",
        "jobmanager.memory.process.size": "1000m",
        "jobmanager.execution.failover-strategy": "region",
        "taskmanager.host": "localhost",
        "taskmanager.bind-host": "localhost",
        "taskmanager.memory.process.size": options.memory,
        "taskmanager.memory.managed.size": "160m",
        # A pipeline of TFX has many exchanges at once, each of which wants its buffers of 32 KB.
        "taskmanager.memory.network.min": "256m",
        "taskmanager.memory.network.max": "256m",
        "taskmanager.network.sort-shuffle.min-buffers": 64,
        # One to spare, so that the other TaskManagers can take over from one that is lost for good.
        "taskmanager.numberOfTaskSlots": 2,
        "rest.address": "localhost",
        "rest.bind-address": "localhost",
        "rest.port": options.rest_port,
        "parallelism.default": options.taskmanagers,
        # Without these a job fails with its first lost TaskManager: batch jobs write no checkpoints.
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": 20,
        "restart-strategy.fixed-delay.delay": "3 s",
        "heartbeat.interval": 3000,
        "heartbeat.timeout": 20000,
        "cluster.evenly-spread-out-slots": "true",
        # With Beam's classes out of Flink's own loader workers are kept from stage to stage; with those of
        # the job's jar every few stages begin with new processes.
        "classloader.resolve-order": "parent-first",
        "classloader.check-leaked-classloader": "false",
        "io.tmp.dirs": run / "tmp",
        "blob.storage.directory": run / "tmp",
    }


def java_command(launcher, jars, conf, *arguments):
    """`java` with Flink's jars, the job server's behind them, and what Java 17 has to open to it."""
    opened = [f"--add-opens={name}=ALL-UNNAMED" for name in OPENED]
    exported = [f"--add-exports={name}=ALL-UNNAMED" for name in EXPORTED]
    log = f"-Dlog4j.configurationFile=file:{conf / 'log4j.properties'}"
    return [launcher, *opened, *exported, log, "-cp", jars, *arguments]


def memory_of(launcher, jars, conf):
    """(arguments for the JVM, arguments for the TaskManager), computed by Flink from its configuration."""
    main = "org.apache.flink.runtime.util.bash.BashJavaUtils"
    command = java_command(launcher, jars, conf, main, "GET_TM_RESOURCE_PARAMS", "--configDir", conf)
    told = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    marked = [
        line.partition("EXEC_RESULT:")[2] for line in told.stdout.splitlines() if "EXEC_RESULT:" in line
    ]
    if len(marked) != 2:
        raise MissingPartError(
            f"Flink can't plan a TaskManager's memory. Expected two lines; received: "
            f"{(told.stdout + told.stderr)[-400:]}. Fix: give more --memory, or look at {conf}."
        )
    return marked[0].split(), marked[1].split()


def start_taskmanager(cluster, launcher, jars, conf, name):
    """Starts one TaskManager under its name."""
    jvm, planned = memory_of(launcher, jars, conf)
    main = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
    own = ["--configDir", conf, *planned, "-D", f"taskmanager.resource-id={name}"]
    command = java_command(launcher, jars, conf, main, *own)
    cluster.start(name, [command[0], *jvm, *command[1:]])


def start_all(cluster, options, launcher, jars, jar):
    """Starts JobManager, TaskManagers, job server and the pool of Python workers."""
    conf = cluster.run / "conf"
    jars = os.pathsep.join([*map(str, sorted(jars.glob("flink-dist-*.jar"))), f"{jars}/*", str(jar)])
    cluster.told["class_path"] = jars
    for folder in ("logs", "conf", "tmp", "artifacts"):
        (cluster.run / folder).mkdir(parents=True, exist_ok=True)
    lines = [f"{key}: {value}" for key, value in settings_of(options).items()]
    (conf / "config.yaml").write_text("\n".join(lines) + "\n")
    (conf / "log4j.properties").write_text(LOG4J)
    main = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
    command = java_command(launcher, jars, conf, main, "--configDir", conf)
    cluster.start("jobmanager", [command[0], "-Xmx600m", *command[1:]])
    for number in range(1, options.taskmanagers + 1):
        start_taskmanager(cluster, launcher, jars, conf, f"taskmanager-{number}")
    server = ["--flink-master", f"localhost:{options.rest_port}", "--job-host", "localhost"]
    server += ["--job-port", options.job_port, "--artifact-port", 0, "--expansion-port", 0]
    opened = [f"--add-opens={name}=ALL-UNNAMED" for name in OPENED]
    server += ["--artifacts-dir", cluster.run / "artifacts"]
    cluster.start("jobserver", [launcher, "-Xmx600m", *opened, "-jar", jar, *server])
    start_workers(cluster, options)


def start_workers(cluster, options):
    """Starts the pool of Python workers, which import the project from its folder."""
    command = [sys.executable, "-m", "pipeline.beam.worker_pool", "--port", options.pool_port]
    cluster.start("workers", command, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}, cwd=ROOT)


def asked(options, path):
    """What Flink's REST interface answers, or None while it does not."""
    try:
        with urllib.request.urlopen(f"http://localhost:{options.rest_port}{path}", timeout=5) as answer:
            return json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return None


def listens(port):
    """Whether something on this machine takes connections at a port."""
    import socket

    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("localhost", port)) == 0


def ready(options):
    """What is still missing, in words; empty when all is up."""
    overview = asked(options, "/overview")
    seen = overview["taskmanagers"] if overview else 0
    missing = [] if seen >= options.taskmanagers else [f"{options.taskmanagers - seen} TaskManagers"]
    ports = {"job server": options.job_port, "Python workers": options.pool_port}
    return missing + [name for name, port in ports.items() if not listens(port)]


def up(options):
    """Starts the cluster and waits for it; 0, or 1 where a process ended or did not come up."""
    cluster = Cluster(options.dir)
    if any(cluster.alive(name) for name in cluster.told["processes"]):
        say(f"already up below {options.dir}; end it first: flink_cluster.sh down")
        return 1
    ports = (options.rest_port, options.rpc_port, options.job_port, options.pool_port)
    taken = [port for port in ports if listens(port)]
    if taken:
        say(f"port {taken[0]} is taken. Expected four free ports; fix: choose others, see --help")
        return 1
    launcher, jars = java(), flink_libraries(options.dir)
    jar = job_server(options.dir, version("apache-beam"))
    cluster.told = {"processes": {}, "job_server_jar": str(jar)}
    start_all(cluster, options, launcher, jars, jar)
    for _ in range(240):
        dead = [name for name in cluster.told["processes"] if not cluster.alive(name)]
        if dead:
            say(f"{dead[0]} ended; its log is {cluster.run / 'logs' / (dead[0] + '.log')}")
            down(options)
            return 1
        if not ready(options):
            say(f"up: page http://localhost:{options.rest_port}, job server localhost:{options.job_port}")
            pool = f"pool=localhost:{options.pool_port}"
            print(f"--beam runner=flink,endpoint=localhost:{options.job_port},{pool}")
            return 0
        time.sleep(0.5)
    say(f"not up after two minutes; missing: {', '.join(ready(options))}; logs in {cluster.run / 'logs'}")
    down(options)
    return 1


def down(options):
    """Ends everything that `up` started."""
    cluster = Cluster(options.dir)
    for name in reversed(list(cluster.told["processes"])):
        cluster.end(name)
        say(f"ended {name}")
    return 0


def revive(options):
    """Starts every TaskManager anew that `up` started and that has ended."""
    cluster = Cluster(options.dir)
    for name in cluster.told["processes"]:
        if name.startswith("taskmanager-") and not cluster.alive(name):
            start_taskmanager(cluster, java(), cluster.told["class_path"], cluster.run / "conf", name)
            say(f"started {name}")
    return 0


def status(options):
    """One line a process; 0 where all of them run."""
    cluster = Cluster(options.dir)
    for name, one in cluster.told["processes"].items():
        print(f"{name}: {'runs' if cluster.alive(name) else 'ended'}, process {one['pid']}")
    missing = ready(options)
    print(f"missing: {', '.join(missing)}" if missing else "up")
    return 1 if missing else 0


def main(arguments=None):
    """Runs the command; returns 0 done, 1 not."""
    options = parser().parse_args(arguments)
    options.dir = options.dir.absolute()
    try:
        return {"up": up, "down": down, "status": status, "revive": revive}[options.command](options)
    except MissingPartError as error:
        say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
