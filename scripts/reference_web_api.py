"""The page on the application's API, out of its own description (OpenAPI)."""

import ast
import os
import re
import tempfile
from pathlib import Path

from reference_json import function_of, largest_dict, tree

WEB = Path(__file__).resolve().parent.parent / "pipeline" / "web"

HEADING = """\
# The API of the application

What `facefold serve` answers under `/api`, as JSON. The whole description is at `/api/openapi.json`.

A browser's session asks: log in at `/login`, keep the cookies, and send the cookie `csrftoken` as the header
`X-CSRFToken` with all but GET. A change (those with "key") takes the header `Idempotency-Key`, 1 to 80
characters, new for each change: sent twice, it is done once. Its answer has `edit`, to be undone by, and
`summary` too.

Lists answer `{"items": [...], "next": ...}`, and the tables tell what an item has; `next` goes into `after=`
for the part that follows. Everything is the account's own, or shared with it: for anything else the answer is
404. What went wrong is `{"detail": "..."}`: 401 without a session, 403 not allowed, 404 not there, 409
changed since, or a key used twice, 413 too large, 422 wrong. Names in braces are UUIDs; what is needed of a
body is bold.

`GET /api/events` is a stream of server-sent events, `edit`, `people`, `batch` and `job`, that goes on after
`Last-Event-ID`.\
"""
PARTS = {
    "people": "People",
    "faces": "Faces",
    "pairs": "Questions",
    "groupings": "Grouping again",
    "levels": "Grouping again",
    "models": "Grouping again",
    "calibration": "Grouping again",
    "edits": "Edits",
    "photos": "Photos",
    "search": "Photos",
    "comments": "Comments and shares",
    "shares": "Comments and shares",
    "batches": "Uploads and imports",
    "imports": "Uploads and imports",
    "jobs": "Jobs and exports",
    "exports": "Jobs and exports",
    "sessions": "The account",
    "account": "The account",
}
KEY = "Idempotency-Key"
# Of each operation the function, below pipeline/web, that makes its answer; or words.
ANSWERS = {
    "people_list_people": ("api/items.py", "person_item"),
    "people_get_person": ("api/items.py", "person_item"),
    "people_patch_person": ("library/people.py", "patch"),
    "people_delete_person": ("library/erasing.py", "erase_person"),
    "people_list_faces": ("api/items.py", "face_item"),
    "people_patch_people": ("library/people.py", "patch_several"),
    "people_merge_people": ("library/merging.py", "merge_into"),
    "faces_list_faces": ("api/items.py", "face_item"),
    "faces_move": ("library/faces.py", "move"),
    "faces_reject": ("library/faces.py", "reject"),
    "faces_set_state": ("library/faces.py", "set_state"),
    "faces_confirm": ("library/faces.py", "confirm"),
    "faces_draw": ("library/faces.py", "draw"),
    "pairs_list_pairs": ("library/pairs.py", "questions"),
    "pairs_answer_pair": ("library/pairs.py", "answer"),
    "groupings_propose": ("library/groupings.py", "propose"),
    "groupings_preview": ("library/groupings.py", "preview"),
    "groupings_drop": ("library/groupings.py", "drop"),
    "groupings_apply": ("library/groupings.py", "_apply"),
    "groupings_levels": ("library/levels.py", "levels_of"),
    "splits_propose": ("library/splits.py", "propose"),
    "splits_apply": ("library/splits.py", "apply"),
    "edits_list_edits": ("api/edits.py", "list_edits"),
    "edits_undo_edit": ("edits/undo.py", "undo"),
    "photos_list_photos": ("api/items.py", "photo_items"),
    "photos_get_photo": ("", "as a photo of the list, and its `faces`"),
    "photos_delete_photo": ("library/erasing.py", "erase_photos"),
    "comments_list_comments": ("api/comments.py", "list_comments"),
    "comments_write_comment": ("library/comments.py", "write"),
    "comments_delete_comment": ("library/comments.py", "remove"),
    "shares_list_shares": ("api/shares.py", "list_shares"),
    "shares_share_thing": ("library/shares.py", "share"),
    "shares_revoke_share": ("library/shares.py", "revoke"),
    "jobs_get_job": ("api/jobs.py", "get_job"),
    "uploads_announce": ("api/uploads.py", "_told"),
    "uploads_list_batches": ("api/uploads.py", "list_batches"),
    "uploads_one_batch": ("api/uploads.py", "one_batch"),
    "uploads_retry": ("", "`again`, and as `POST batches`"),
    "uploads_put_piece": ("api/uploads.py", "put_piece"),
    "uploads_offset": ("", "the header `Upload-Offset`"),
    "uploads_import_folder": ("", "`job`, and as `POST batches`"),
    "account_search_photo": ("api/account.py", "search_photo"),
    "account_search_face": ("api/account.py", "search_face"),
    "account_export": ("api/account.py", "export"),
    "account_export_file": ("", "a zip file"),
    "account_list_models": ("api/account.py", "list_models"),
    "account_embed_by": ("api/account.py", "embed_by"),
    "account_calibration": ("library/calibrating.py", "calibrate"),
    "account_end_session": ("api/account.py", "end_session"),
    "account_erase": ("api/account.py", "erase"),
}


def web_api_page():
    """The whole page; raises KeyError for an address that PARTS does not know."""
    told = description()
    schemas = told["components"]["schemas"]
    rows = {part: [] for part in PARTS.values()}
    for path, verbs in told["paths"].items():
        place = "Comments and shares" if path.endswith("comments") else PARTS[path.split("/")[2]]
        rows[place] += [row(verb, path, asked, schemas) for verb, asked in verbs.items()]
    parts = [HEADING]
    for part, lines in rows.items():
        head = ["| | takes | answers |", "|---|---|---|"]
        parts += [f"## {part}", "\n".join([*head, *lines])]
    return "\n\n".join(parts) + "\n"


def description():
    """The API's OpenAPI description, as a dict; nothing is served, and no database is opened."""
    from pipeline.web.place import Place

    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(Place(data=folder).to_environment())
        os.environ["DJANGO_SETTINGS_MODULE"] = "pipeline.web.settings"
        import django

        django.setup()
        from pipeline.web.api.api import api

        return api.get_openapi_schema()


def row(verb, path, asked, schemas):
    """One line of a table: a verb and an address with what it does, what it takes, what it answers."""
    told = [one for one in asked.get("parameters", []) if one["in"] == "query"]
    keyed = any(one["name"] == KEY for one in asked.get("parameters", []))
    takes = [f"`?{one['name']}=` {kind(one['schema'], schemas)}" for one in told]
    takes += body(asked, schemas)
    takes += ["key"] if keyed else []
    what = re.sub(r"\s+", " ", asked.get("description", "").replace("``", "`"))
    address = f"`{verb.upper()} {path.removeprefix('/api/')}`"
    cells = [f"{address}<br>{what}", "<br>".join(takes), answers(asked["operationId"])]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def answers(operation):
    """The keys of an answer, or of each of its items, as the function of ANSWERS makes them."""
    file, name = ANSWERS[operation.removeprefix("pipeline_web_api_")]
    if not file:
        return name
    module = ast.parse((WEB / file).read_text())
    function = function_of(module, name, file)
    keys = [line for line in tree(answered(function), (function, module)) if line[0] not in " ("]
    return ", ".join(f"`{key}`" for key in keys)


def answered(function):
    """The dict literal that a function returns, or sets as ``answer``; of a list its largest, an item's."""
    found = []
    for node in ast.walk(function):
        is_answer = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "change.answer"
        if (is_answer or isinstance(node, ast.Return)) and isinstance(node.value, ast.Dict):
            found.append(node.value)
    found = [one for one in found if "'items'" not in [ast.unparse(key) for key in one.keys if key]]
    return max(found, key=lambda one: len(one.keys), default=None) or largest_dict(function)


def body(asked, schemas):
    """The fields of a request's body, those that are needed in bold."""
    content = asked.get("requestBody", {}).get("content", {})
    for media, one in content.items():
        schema = resolved(one["schema"], schemas)
        needed = schema.get("required", [])
        form = " (form)" if media == "multipart/form-data" else ""
        bold = {name: "**" if name in needed else "" for name in schema["properties"]}
        return [
            f"{bold[name]}`{name}`{bold[name]} {kind(field, schemas)}{form}"
            for name, field in schema["properties"].items()
        ]
    return []


def resolved(schema, schemas):
    """A schema, looked up where it is a reference."""
    return schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def kind(schema, schemas):
    """A field's type in a few words."""
    schema = resolved(schema, schemas)
    some = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    if some:
        return " or ".join(kind(one, schemas) for one in some)
    if "enum" in schema:
        return " ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {kind(schema['items'], schemas)}"
    if schema.get("type") == "object" and "properties" in schema:
        return (
            "{"
            + ", ".join(f"{name}: {kind(one, schemas)}" for name, one in schema["properties"].items())
            + "}"
        )
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true, false"}
    word = {"uuid": "UUID", "date": "date", "binary": "file"}.get(
        schema.get("format"), words.get(schema.get("type"), "")
    )
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    ends = f", {low:g} to {high:g}" if low is not None and high is not None and high < 10**5 else ""
    return word + ends
