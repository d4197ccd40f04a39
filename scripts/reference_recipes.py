"""The pages on settings and recipes, out of the catalogs of models and recipes."""


def settings_page():
    """Every setting, part by part: its default, unit and range, and what it does."""
    from models.catalog import MODELS
    from models.classifiers.catalog import CLASSIFIERS
    from models.training_settings import FitSettings, TrainingSettings
    from pipeline.recipes.catalog import get_recipe

    parts = get_recipe("face-cae").parts()
    drawings = type(get_recipe("sketch-rnn").ingest)
    lines = [
        "# Settings",
        "`--set KEY=VALUE`, as often as needed, changes a setting of a recipe. A recipe takes the settings "
        "of the parts that it runs, and refuses others: `facefold recipes RECIPE` lists them with their "
        "values. The defaults below are those of a recipe that says nothing; [Recipes](recipes.md) tells "
        "which a recipe changes. Everything is checked before anything starts; a wrong key or value ends the "
        "command with one line that names the right ones.",
        "## model",
        f"`model`: the network; one of {', '.join(f'`{name}`' for name in MODELS)}; of a recipe that learns "
        f"from labels, one of {', '.join(f'`{name}`' for name in CLASSIFIERS)}.",
        *section("ingest: photos", type(parts["ingest"])),
        *section("ingest: drawings", drawings),
        *section("inputs", type(parts["inputs"])),
        *section("training: a network", TrainingSettings),
        *section("training: a model that is fitted", FitSettings),
    ]
    for name, entry in MODELS.items():
        lines += section(f"network: {name}", entry.settings)
    for part in ("selection", "judging", "serving", "limits"):
        lines += section(part, type(parts[part]))
    lines += section(
        "ingest: photos with labels", type(get_recipe("attparsenet").ingest), type(parts["ingest"])
    )
    labelled = get_recipe("attparsenet")
    lines += section("ingest: photos with labels", type(labelled.ingest), type(parts["ingest"]))
    for name, entry in CLASSIFIERS.items():
        lines += section(f"classifier: {name}", entry.settings)
    lines += section("limits: a classifier", type(labelled.limits))
    of_csc = type(get_recipe("csc-mnist").selection)
    lines += section("selection: csc", of_csc, besides=type(parts["selection"]))
    return "\n\n".join(lines) + "\n"


def section(title, kind, besides=None):
    """A heading, what the class says of itself, and a table of its settings; [] of a class without any.

    Settings that the class ``besides`` has too are left out.
    """
    from schemas.settings import about_of, range_of, settable

    keys = [key for key in settable(kind) if besides is None or key not in besides.model_fields]
    if not keys:
        return []
    rows = [
        f"| `{key}` | {shown(kind.model_fields[key].default)} | {about_of(kind, key).unit} "
        f"| {cell(range_of(kind, key))} | {cell(kind.model_fields[key].description)} |"
        for key in keys
    ]
    table = ["| setting | default | unit | may be | what it does |", "|---|---|---|---|---|", *rows]
    first = (kind.__doc__ or "").strip().split("\n\n")[0]
    return [f"## {title}", " ".join(first.split()), "\n".join(table)]


def recipes_page():
    """Every recipe: its paper, what it does, its time, its figures, and the settings that are its own."""
    from pipeline.recipes.assignments import needs_words
    from pipeline.recipes.catalog import RECIPES
    from pipeline.recipes.papers import PAPERS

    parts = [
        "# Recipes",
        f"A recipe is a set of settings with a name. [The papers](../papers.md) tells of the {len(PAPERS)} "
        "papers that they follow. Minutes are those of two cores.",
    ]
    for recipe in RECIPES.values():
        paper = PAPERS[recipe.paper]
        facts = [
            ("follows", f"[{paper.short}](../papers.md#{recipe.paper.lower()}): {recipe.follows}"),
            ("minutes", f"{recipe.minutes:g}"),
            ("the paper reports", cell(recipe.paper_figure)),
            ("measured here", cell(recipe.our_figure)),
            ("own settings", ", ".join(own_settings(recipe))),
        ]
        rows = [f"| {name} | {text} |" for name, text in facts if text]
        command = f"    {recipe.command}"
        what = "; ".join(filter(None, (recipe.what, needs_words(recipe, missing_only=False))))
        parts += [f"## {recipe.name}", what[:1].upper() + what[1:] + ".", command]
        parts.append("\n".join(["| | |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def own_settings(recipe):
    """``key=value`` of every setting in which a recipe differs from the defaults of its parts."""
    own = [f"model={recipe.model}"]
    for key, part in recipe.settable().items():
        default = type(recipe.parts()[part]).model_fields[key].default
        if recipe.value(key) != default:
            own.append(f"{key}={plain(recipe.value(key))}")
    return [f"`{one}`" for one in own]


def cell(text):
    """Text that is safe in a table's cell."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def plain(value):
    """A value as ``--set`` takes it."""
    from schemas.settings import shown as written

    return written(value)


def shown(value):
    """A default for a cell of the table."""
    return f"`{plain(value)}`" if plain(value) else ""
