"""Each step's version covers all the code of the house that it runs."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from components.ingest.tables import DETECTORS, INTAKES, LANDMARKERS, SOURCES
from models.catalog import MODELS
from models.classifiers.catalog import CLASSIFIERS
from models.clustering.clusterers import CLUSTERERS
from pipeline.dag import build, parts
from pipeline.dag.code_version import ROOT, reached
from pipeline.dag.layout import Layout
from pipeline.recipes.catalog import get_recipe

HOUSE = ("schemas", "models", "components", "pipeline")
OF_TFX = {"StatisticsGen", "ImportSchemaGen", "Pusher", "earlier_blessed_model"}  # the last is never cached
RUN = re.compile(rf"(?<![\w.])(?:{'|'.join(HOUSE)})(?:\.\w+)+")
LISTED = re.compile(r"files:([\w/.,]*):")


def told_modules(node):
    """The house's modules that a step is told to run: its executor, and functions that its settings name."""
    executor = getattr(node.executor_spec, "class_path", "") or ""
    functions = [v for k, v in node.exec_properties.items() if k in ("run_fn", "preprocessing_fn")]
    return {name.rsplit(".", 1)[0] for text in (executor, *functions) for name in RUN.findall(str(text))}


@pytest.fixture(scope="module", params=["face-cae", "attparsenet"])
def nodes(request, tmp_path_factory):
    """The steps of a pipeline, one that groups and one that classifies; their versions are their files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "code_version", lambda *places: f"files:{','.join(places)}:")
        patch.setattr(build, "versioned_schema", lambda *_: ROOT / "schemas" / "face.pbtxt")
        return build.build_pipeline(
            get_recipe(request.param).changed({"source": "folder", "images": "/photos"}),
            Layout(tmp_path_factory.mktemp("root")),
        ).components


def covered(node):
    """The files that a step's version is of."""
    (files,) = LISTED.findall(json.dumps({k: str(v) for k, v in node.exec_properties.items()}))
    return set(files.split(","))


# Imports each step's modules, nothing else of the house being there, and tells what that brought.
IMPORTS = """
import json, sys
from pathlib import Path
house, steps = json.loads(sys.argv[1])
found = {}
for step, names in steps.items():
    for name in [name for name in sys.modules if name.split(".")[0] in house]:
        del sys.modules[name]
    for name in names:
        __import__(name)
    found[step] = [m.__file__ for n, m in sys.modules.items() if n.split(".")[0] in house]
print(json.dumps(found))
"""


def test_every_module_that_a_step_imports_is_in_its_version(nodes):
    told = {node.id: sorted(told_modules(node)) for node in nodes}
    assert {step for step, names in told.items() if not names} == OF_TFX & {node.id for node in nodes}
    command = [sys.executable, "-c", IMPORTS, json.dumps([HOUSE, told])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    imported = json.loads(done.stdout.splitlines()[-1])
    versions = {node.id: covered(node) for node in nodes if node.id not in OF_TFX}
    assert versions.keys() == told.keys() - OF_TFX
    for step, files in versions.items():
        paths = {str(Path(file).relative_to(ROOT)) for file in imported[step]}
        assert {path for path in paths if not path.endswith("__init__.py")} <= files, step


def test_no_version_but_the_report_s_own_covers_a_file_of_the_report(nodes):
    by_name = {node.id: covered(node) for node in nodes if node.id not in OF_TFX}
    page = "components/report/templates"
    assert [name for name, files in by_name.items() if page in files] == ["RunReport"]
    reporting = {file for file in by_name["RunReport"] if file.startswith("components/report/")}
    others = set.union(*(files for name, files in by_name.items() if name != "RunReport"))
    assert reporting
    assert not reporting & others


@pytest.mark.parametrize(
    ("step", "table"),
    [
        ("models/training/train.py", MODELS),
        ("models/classifiers/run.py", CLASSIFIERS),
        ("components/evaluate/component.py", CLUSTERERS),
        ("components/ingest/component.py", DETECTORS),
        ("components/ingest/component.py", LANDMARKERS),
        ("components/ingest/component.py", SOURCES),
        ("components/ingest/component.py", INTAKES),
    ],
)
def test_what_a_table_only_names_is_in_the_version_too(step, table):
    files = set(reached(step))
    assert table
    for name, entry in table.items():
        assert entry.path.partition(":")[0].replace(".", "/") + ".py" in files, name
