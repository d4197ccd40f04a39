"""The numbers behind the figures of two sets of pictures, real and simulated."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from components.report.tables.figure_files import Table, capped


def simulated_tables(found: Mapping[str, Any] | None) -> dict[str, Table]:
    """Points, mixtures and histograms of each space, and the criteria and divergences of all spaces."""
    if not found:
        return {}
    tables = {}
    for key, entry in found["spaces"].items():
        tables[f"two_sets_points_{key}"] = points_table(found, key)
        tables[f"two_sets_mixtures_{key}"] = mixtures_table(entry, key)
        tables[f"two_sets_log_probability_{key}"] = histogram_table(found, key)
    tables["two_sets_criteria"] = criteria_table(found)
    tables["two_sets_divergence"] = divergence_table(found)
    return tables


def points_table(found: Mapping[str, Any], key: str) -> Table:
    """Every picture's point with its set."""
    points, labels = found["spaces"][key]["points"], found["labels"]
    kept, note = capped(len(points))
    rows = [(labels[i], *points[i]) for i in kept.tolist()]
    return Table(
        f"Points of both sets, {key}",
        ["set", "axis 1 (unit of the space)", "axis 2 (unit of the space)"],
        rows,
        note,
    )


def mixtures_table(entry: Mapping[str, Any], key: str) -> Table:
    """Weight, mean and covariance of every component of both mixtures."""
    rows = [
        (name, weight, *mean, covariance[0][0], covariance[0][1], covariance[1][1], count)
        for name, one in entry["sets"].items()
        for weight, mean, covariance, count in zip(
            one["weights"], one["means"], one["covariances"], one["counts"], strict=True
        )
    ]
    head = ["set", "weight (share)", "mean 1 (unit of the space)", "mean 2 (unit of the space)"]
    head += [
        "variance 1 (unit squared)",
        "covariance (unit squared)",
        "variance 2 (unit squared)",
        "pictures (count)",
    ]
    return Table(f"Components of both mixtures, {key}", head, rows)


def histogram_table(found: Mapping[str, Any], key: str) -> Table:
    """Counts of log-probabilities of both sets under both mixtures."""
    first, second = found["names"]
    table = found["spaces"][key]["comparison"]["log_probability"]
    edges = table["edges"]
    columns = ("x_under_x", "y_under_x", "x_under_y", "y_under_y")
    rows = [
        (low, high, *(table[name]["counts"][i] for name in columns))
        for i, (low, high) in enumerate(pairwise(edges))
    ]
    words = [f"{rows_of} under {under} (count)" for under in (first, second) for rows_of in (first, second)]
    return Table(f"Log-probabilities under both mixtures, {key}", ["from (nats)", "to (nats)", *words], rows)


def criteria_table(found: Mapping[str, Any]) -> Table:
    """Every candidate of every set in every space."""
    keys = (
        "space",
        "n",
        "n_clusters",
        "n_parameters",
        "aic",
        "bic",
        "cv_log_likelihood",
        "cv_standard_error",
    )
    rows = [
        (name, *(candidate.get(key) for key in keys), place == one["chosen"])
        for entry in found["spaces"].values()
        for name, one in entry["sets"].items()
        for place, candidate in enumerate(one["candidates"])
    ]
    head = ["set", "space", "n (pictures)", "components (count)", "parameters (count)", "aic (nats x 2)"]
    head += [
        "bic (nats x 2)",
        "cv_log_likelihood (nats a picture)",
        "cv_standard_error (nats a picture)",
        "chosen (0 or 1)",
    ]
    return Table("Criteria of both sets", head, rows)


def divergence_table(found: Mapping[str, Any]) -> Table:
    """Kullback-Leibler divergences both ways in every space."""
    first, second = found["names"]
    rows = [
        (
            of,
            against,
            entry["comparison"]["space"],
            *(entry["comparison"][kl][key] for key in ("value", "standard_error", "n")),
        )
        for entry in found["spaces"].values()
        for kl, of, against in (("kl_x_y", first, second), ("kl_y_x", second, first))
    ]
    head = ["of", "against", "space", "divergence (nats)", "standard error (nats)", "draws (count)"]
    return Table("Kullback-Leibler divergence of both mixtures", head, rows)
