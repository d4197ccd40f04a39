"""The page on JSON outputs: the keys and the docstring of the functions that make them, read statically."""

import ast
import inspect
from pathlib import Path

HEADING = """\
# JSON outputs

What commands print with `--json`, and the files that they leave. The keys below are those of the dict
that the named function makes; "all of `name`" stands for the keys of another one.\
"""
# Heading, what is told first, file, function; those without a heading belong to the one before.
OUTPUTS = (
    ("facefold run --json", "The last line of the output; the same lies in `<root>/runs/<run>/result.json`.",
     "pipeline/commands/local_run.py", "result_of"),
    ("", "", "pipeline/commands/local_run.py", "plain_metrics"),
    ("", "", "components/bless/regrouped.py", "since"),
    ("", "", "components/bless/regrouped.py", "regrouped"),
    ("facefold sweep --json", "The last line of the output. `variants` holds a row for each run; the "
     "rows alone lie in `<root>/sweep/tables/<time>/sweep.json`.", "pipeline/commands/variants.py", "sweep"),
    ("", "", "pipeline/commands/variants.py", "measured"),
    ("", "", "components/evaluate/judging/comparison.py", "compare"),
    ("", "", "components/evaluate/judging/comparison.py", "group"),
    ("facefold verify --json", "", "pipeline/commands/verification.py", "verify"),
    ("", "", "components/evaluate/figures/verification.py", "figures_of"),
    ("", "", "components/evaluate/figures/verification.py", "true_accepts"),
    ("", "", "components/evaluate/figures/bands.py", "verification_intervals"),
    ("", "", "components/evaluate/figures/bands.py", "roc_band"),
    ("", "", "components/evaluate/figures/views.py", "view_one"),
    ("", "", "components/evaluate/figures/views.py", "view_two"),
    ("", "", "pipeline/commands/pair_facts.py", "without_duplicates"),
    ("", "", "pipeline/commands/pair_facts.py", "at_threshold_from"),
    ("facefold pairs --json", "The same lies in `FILE.json` beside the pairs.",
     "pipeline/commands/pairs_made.py", "write_made"),
    ("facefold look-alikes --json", "", "pipeline/commands/look_alikes_told.py", "look_alikes"),
    ("", "", "pipeline/commands/look_alikes_told.py", "pair_told"),
    ("", "", "pipeline/commands/look_alikes_told.py", "mixed_told"),
    ("facefold duplicates --json", "", "pipeline/commands/duplicate_photos.py", "find_duplicates"),
    ("facefold occlude --json", "The same lies in `occlude.json` beside the page.",
     "pipeline/commands/occlusion.py", "occlude"),
    ("", "", "pipeline/commands/occlusion.py", "about"),
    ("", "", "components/occlude/study.py", "facts_of"),
    ("", "", "components/occlude/qlist.py", "qlist"),
    ("", "", "components/occlude/qlist.py", "compare"),
    ("facefold assign --json", "", "pipeline/commands/assignment.py", "assign"),
    ("", "", "pipeline/commands/assignment.py", "told_of"),
    ("facefold embed --json", "The same lies in `embed.json` beside the files.", "pipeline/commands/embed.py",
     "write_counts"),
    ("model_card.json", "Beside the SavedModel of every pushed version.", "components/assemble/model_card.py",
     "model_card"),
    ("", "", "components/assemble/model_card.py", "data_of"),
    ("", "", "components/assemble/model_card.py", "choice_of"),
    ("", "", "components/assemble/model_card.py", "slice_of"),
    ("", "", "components/assemble/model_card.py", "pairs_of"),
)  # fmt: skip


def json_page(root):
    """The whole page; raises ValueError where a function that it tells of has gone."""
    parts = [HEADING]
    for heading, about, file, name in OUTPUTS:
        module = ast.parse((Path(root) / file).read_text())
        function = function_of(module, name, file)
        parts += [f"## {heading}"] if heading else []
        parts += [about, f"### `{name}`", returned(ast.get_docstring(function) or "")]
        made = largest_dict(function)
        parts += ["```text\n" + "\n".join(tree(made, (function, module))) + "\n```"] if made else []
    return "\n\n".join(part for part in parts if part) + "\n"


def function_of(module, name, file):
    """The function ``name`` of a parsed module; ValueError where there is none."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node
    raise ValueError(f"{file} has no function {name}. Expected one. Correct OUTPUTS in reference_json.py.")


def largest_dict(function):
    """The dict literal with most keys that a function makes; None where its docstring alone tells them."""
    found = [node for node in ast.walk(function) if isinstance(node, ast.Dict) and node.keys]
    found += [ast.Dict([None], [node]) for node in ast.walk(function) if isinstance(node, ast.DictComp)]
    return max(found, key=lambda node: len(node.keys), default=None)


def returned(docstring):
    """Of a docstring what it says first and what it says of the return value."""
    paragraphs = inspect.cleandoc(docstring).split("\n\n")
    kept = [paragraphs[0]] + [text for text in paragraphs[1:] if text.startswith("Returns")]
    kept = [inspect.cleandoc(text.removeprefix("Returns:")) for text in kept]
    return "\n\n".join(kept).replace("``", "`")


def tree(node, scopes, depth=0):
    """The keys of a dict literal, a line each, those of dicts in it further to the right.

    ``scopes`` are the function that it stands in and its module, where names are looked up.
    """
    lines = []
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            lines += [("  " * depth) + name for name in spread(value, scopes)]
            continue
        word = str(key.value) if isinstance(key, ast.Constant) else f"<{ast.unparse(key)}>"
        lines.append("  " * depth + word)
        if isinstance(value, ast.Dict):
            lines += tree(value, scopes, depth + 1)
        elif isinstance(value, ast.DictComp) and sequence(value.generators[0].iter, scopes):
            lines += [("  " * (depth + 1)) + name for name in spread(value, scopes)]
        elif isinstance(value, ast.Call) and called(value) in {row[3] for row in OUTPUTS}:
            lines[-1] += f"  (all of {called(value)})"
    return lines


def spread(value, scopes):
    """The keys that ``**value`` brings: names where they can be read, or words for them."""
    if isinstance(value, ast.DictComp):
        return sequence(value.generators[0].iter, scopes) or ["(others: see above)"]
    if isinstance(value, ast.Call):
        return [f"(all of {called(value)})"]
    inner = assigned(value.id, scopes[0]) if isinstance(value, ast.Name) else None
    return tree(inner, scopes) if isinstance(inner, ast.Dict) else ["(others: see above)"]


def called(call):
    """The name of what a call calls."""
    return ast.unparse(call.func)


def sequence(node, scopes):
    """The strings of a tuple or list, or of the name of one; None where they can't be read."""
    if isinstance(node, ast.Name):
        node = assigned(node.id, scopes[0]) or assigned(node.id, scopes[1])
    if isinstance(node, ast.Tuple | ast.List):
        return [element.value for element in node.elts if isinstance(element, ast.Constant)]
    return None


def assigned(name, scope):
    """What a name is given in a function or module, or None."""
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if name in names:
                return node.value
    return None
