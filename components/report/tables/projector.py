"""A folder for TensorBoard's projector: points, what is known about each face, and small pictures."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import cv2
import numpy as np

from components.report.charts.thumbnails import decoded_tile, mosaic
from components.report.data import ReportData
from components.report.tables.figure_files import capped, cell

FOLDER = "projector"
MOST_SIDE = 64  # pixels of a face
MOST_SPRITE = 4096  # pixels of the whole picture


def write_projector(data: ReportData, folder: Path) -> None:
    """Writes tensors.tsv, metadata.tsv, sprite.png and projector_config.pbtxt into folder.

    The points are those of the clusterer's space, at most 10,000, evenly spread over the run. Open them with
    ``tensorboard --logdir FOLDER``, or load the two TSV files into any copy of the projector. Raises
    ValueError if the run has no points.
    """
    if data.points is None or not len(data.points):
        raise ValueError("There is nothing to project. Expected points of at least one face; received none.")
    kept, _ = capped(len(data.points))
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "tensors.tsv", "w", encoding="utf-8") as stream:
        np.savetxt(stream, data.points[kept], fmt="%.6g", delimiter="\t")
    with open(folder / "metadata.tsv", "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(
            stream, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None
        )
        writer.writerow(["group", "probability", "unknown", "split", "label", "file"])
        writer.writerows(metadata_row(data, face) for face in kept.tolist())
    side = sprite(data, kept, folder / "sprite.png")
    (folder / "projector_config.pbtxt").write_text(config(data.points[kept].shape, side), "utf-8")


def points_note(data: ReportData) -> dict[str, str]:
    """``note`` says how many of the points are written; it is "" if all are."""
    return {"note": "" if data.points is None else capped(len(data.points))[1]}


def metadata_row(data: ReportData, face: int) -> list[str]:
    """What is known about one face, without tabs or line ends, and nothing that a spreadsheet computes."""
    faces = data.faces
    label = faces.labels[face]
    probability = float(faces.probability[face])
    return [
        str(int(faces.cluster[face])),
        f"{probability:.3f}" if math.isfinite(probability) else "",
        str(int(faces.unknown[face])),
        str(faces.split[face]),
        cell("" if label is None else label),
        cell(faces.image_paths[face]),
    ]


def sprite(data: ReportData, kept: np.ndarray, path: Path) -> int:
    """Writes the faces as one square picture, row by row, and returns a face's side in pixels."""
    columns = math.ceil(math.sqrt(len(kept)))
    side = min(MOST_SIDE, MOST_SPRITE // columns)
    grey = np.full((side, side, 3), 96, np.uint8)
    tiles = [
        tile if (tile := decoded_tile(data.faces.chips[i], side)) is not None else grey for i in kept.tolist()
    ]
    picture = mosaic(tiles, columns)
    square = np.full((columns * side, columns * side, 3), 96, np.uint8)
    square[: len(picture)] = picture
    path.write_bytes(cv2.imencode(".png", square)[1].tobytes())
    return side


def config(shape: tuple[int, ...], side: int) -> str:
    """The projector's own settings, as protobuf text."""
    return (
        "embeddings {\n"
        '  tensor_name: "clusterer\'s space"\n'
        '  tensor_path: "tensors.tsv"\n'
        '  metadata_path: "metadata.tsv"\n'
        f"  tensor_shape: {shape[0]}\n  tensor_shape: {shape[1]}\n"
        '  sprite {\n    image_path: "sprite.png"\n'
        f"    single_image_dim: {side}\n    single_image_dim: {side}\n  }}\n}}\n"
    )
