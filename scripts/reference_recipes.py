"""The pages on settings and recipes, out of the table of recipes and the checks of their values."""


def settings_page():
    """Every setting of ``--set``: its kind, default, and which values it may have."""
    from pipeline.recipes.checks import ONE_OF, RANGES, SOME_OF
    from pipeline.recipes.recipe import settable, settable_defaults

    allowed = {key: "one of: " + ", ".join(f"`{v}`" for v in values) for key, values in ONE_OF.items()}
    allowed |= {key: "some of: " + ", ".join(f"`{v}`" for v in values) for key, values in SOME_OF.items()}
    allowed |= {key: words for keys, _, words in RANGES for key in keys}
    defaults = settable_defaults()
    rows = [
        f"| `{key}` | {kind_of(kind)} | {shown(defaults[key])} | {allowed.get(key, '')} |"
        for key, kind in settable().items()
    ]
    table = ["| setting | kind | default | values |", "|---|---|---|---|", *rows]
    return "\n".join(
        [
            "# Settings",
            "",
            "`--set KEY=VALUE`, as often as needed, changes a setting of a recipe. The defaults below are "
            "those of a recipe that says nothing; [Recipes](recipes.md) tells which settings are a recipe's "
            "own. A wrong key or value ends the command before anything starts, with a line that names the "
            "right ones.",
            "",
            *table,
            "",
        ]
    )


def recipes_page():
    """Every recipe: its paper, what it does, its time, its figures, and the settings that are its own."""
    from pipeline.recipes.catalog import RECIPES
    from pipeline.recipes.papers import PAPERS
    from pipeline.recipes.recipe import settable_defaults

    defaults = settable_defaults()
    parts = [
        "# Recipes",
        f"A recipe is a set of settings with a name. [The papers](../papers.md) tells of the {len(PAPERS)} "
        "papers that they follow, P0 to P4. Minutes are those of two cores.",
    ]
    for recipe in RECIPES.values():
        own = {key: getattr(recipe, key) for key in defaults if getattr(recipe, key) != defaults[key]}
        facts = [
            ("follows", recipe.paper),
            ("minutes", f"{recipe.minutes:g}"),
            ("the paper reports", recipe.paper_figure),
            ("measured here", recipe.our_figure),
            ("own settings", ", ".join(f"`{key}={plain(value)}`" for key, value in own.items())),
        ]
        rows = [f"| {name} | {text.replace('|', chr(92) + '|')} |" for name, text in facts if text]
        command = f"    {recipe.command}"
        parts += [f"## {recipe.name}", recipe.what[:1].upper() + recipe.what[1:] + ".", command]
        parts.append("\n".join(["| | |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def kind_of(kind):
    """A type in words."""
    words = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`"}
    return words.get(kind, "names, separated by commas")


def plain(value):
    """A value as ``--set`` takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(value)
    return f"{value}"


def shown(value):
    """A default for a cell of the table."""
    return f"`{plain(value)}`" if plain(value) else ""
