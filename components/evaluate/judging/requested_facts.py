"""The facts that a recipe asks for beside the choice: pairs, attributes, references, a paper's protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from components.evaluate.figures.seen_attributes import with_seen
from components.evaluate.judging.against_labels import by_attribute, on_pairs
from components.evaluate.judging.cifar_protocol import p1_protocol
from components.evaluate.judging.reference_embeddings import reference_embeddings
from components.evaluate.judging.rounds import judged_rounds
from components.evaluate.judging.simulated_protocol import p4_protocol
from components.evaluate.search.selection import Clustering
from components.evaluate.search.settings import SelectionSettings
from components.face_table import FaceTable
from components.pairs.files import read_pairs
from components.photo_attributes import read_attributes


def requested_facts(
    faces: FaceTable,
    embeddings: np.ndarray,
    clusters: np.ndarray,
    clustering: Clustering,
    settings: SelectionSettings,
    asked: Mapping[str, Any],
    encoder: Any = None,
) -> dict[str, Any]:
    """The facts that ``asked`` names, all judged on the finished choice.

    ``asked`` has ``pairs`` and ``attributes``, paths of files or ""; with either of them there are also
    slices by face size, pose and lightness of skin, if the ingest knows these. It has
    ``reference_embeddings``, a bool; ``crop``, the part of a chip that the model sees; and ``protocol``,
    "none", "p1" or "p4". ``encoder`` is the loaded SavedModel that made the embeddings (n, d), which may
    also give those of its rounds. Returns some of pairs, rounds, slices, reference_embeddings, protocol,
    simulated. Reference embeddings need labels and pictures.
    """
    facts: dict[str, Any] = {}
    pairs = read_pairs(asked["pairs"]) if asked.get("pairs") else None
    attributes = read_attributes(asked["attributes"]) if asked.get("attributes") else None
    if pairs is not None or attributes is not None:
        attributes = with_seen(faces, attributes)
    if pairs is not None:
        facts["pairs"] = on_pairs(faces, embeddings, pairs, attributes)
        if hasattr(encoder, "stages"):
            facts["rounds"] = judged_rounds(encoder, faces, clustering, settings, pairs)
    if attributes is not None:
        facts["slices"] = by_attribute(faces, embeddings, clusters, attributes)
    if asked.get("reference_embeddings") and all(faces.chips) and len({*faces.labels} - {None}) > 1:
        facts["reference_embeddings"] = reference_embeddings(
            faces, embeddings, clusters, clustering, settings, asked["crop"], pairs
        )
    if asked.get("protocol") == "p1":
        facts["protocol"] = p1_protocol(embeddings, faces.labels)
    if asked.get("protocol") == "p4":
        held = faces.rows("eval")
        unseen = {"rows": held, "clusters": [int(clusters[i]) for i in held]}
        facts["simulated"] = p4_protocol(embeddings, faces.labels, settings) | {"unseen": unseen}
    return facts
