"""Hours and cost of very many photos, out of measured processor seconds: a table and docs/scale_plan.svg.

    python -m benchmarks.scale_plan measure --images FOLDER --model FOLDER --rates docs/scale_rates.json
    python -m benchmarks.scale_plan draw --rates docs/scale_rates.json --out docs/scale_plan.svg

`measure` takes processor seconds, which other work on the machine disturbs little, in one thread each: of the
ingest (detector auto, no cache) and of the model's answers a photo and a face, of grouping over the number of
faces (planted ones, `benchmarks.planted`), and bytes a photo. `draw` puts these and ASSUMED together; what
grouping costs beyond the sizes that were measured is extrapolated by the exponent that was found.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np

# Assumptions, November 2026: round numbers of the kind that large providers list, no offer of any of them.
ASSUMED = {
    "cores": 200,  # of Beam's workers, all at once
    "efficiency": 0.8,  # what scaling out leaves of a core: start, shuffles, the last worker
    "core_hour": 0.04,  # US dollars
    "gpu_hour": 2.5,
    "gb_month": 0.023,  # object storage
    "fit_faces": 20_000,  # the model is fitted on a sample
    "searched_share": 0.1,  # of the faces known to no group of the sample, which are grouped among themselves
    "memory_gb": 512,  # of the one machine that groups
    "group_cores": 32,
}
GROUPERS = {
    "chinese_whispers": (5000, 10_000, 20_000, 40_000),
    "average_linkage": (2500, 5000, 10_000, 20_000),
}
SIZES = (10**4, 10**5, 10**6, 10**7, 10**8)


def processor_seconds(work):
    """What ``work()`` takes of the processor, all threads together; and what it returned."""
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def measured_ingest(images, count):
    """Seconds, faces and bytes of the ingest's stages on ``count`` photos, each searched in one thread."""
    from components.ingest.chips import every_face
    from components.ingest.settings import IngestSettings
    from components.ingest.sources import list_folder
    from schemas.features import to_example

    photos = list_folder(str(images))
    photos = [photos[int(i)] for i in np.linspace(0, len(photos) - 1, count)]
    settings = IngestSettings(source="folder", images=str(images))
    every_face(photos[:8], settings)  # imports and weights are no part of the rate
    seconds, found = processor_seconds(lambda: every_face(photos, settings))
    faces = [face for _, some in found for face in some]
    return faces, {
        "ingest_seconds_a_photo": seconds / len(photos),
        "faces_a_photo": len(faces) / len(photos),
        "bytes_a_photo": float(np.mean([Path(photo.file).stat().st_size for photo in photos])),
        "bytes_an_example": float(np.mean([to_example(face).ByteSize() for face in faces])),
    }


def measured_model(folder, faces):
    """Seconds a face of the model's answers in batches of 64, after a first call; bytes a row of `embed`."""
    from pipeline.commands.encoder import find_encoder
    from pipeline.serving.client import InProcess

    model = InProcess(find_encoder(str(folder)).folder)
    chips = [face.chip for face in faces]
    model.predict(chips[:64])
    seconds, outputs = processor_seconds(lambda: model.predict(chips))
    width = len(outputs["embedding"][0])
    return {"embed_seconds_a_face": seconds / len(chips), "bytes_a_row": 4.0 * width + 80}


def measured_grouping(name, sizes):
    """[(faces, seconds)] of one clusterer that finds the number of groups."""
    from benchmarks.planted import planted_faces
    from models.clustering.clusterers import CLUSTERERS

    points = []
    for n in sizes:
        x, _ = planted_faces(n)
        clusterer = CLUSTERERS[name].build(None, 0)
        seconds, _ = processor_seconds(lambda clusterer=clusterer, x=x: clusterer.fit(x))
        points.append((n, round(seconds, 2)))
    return points


def exponent(points):
    """(factor, exponent) of seconds = factor * n ** exponent, by least squares on logarithms."""
    n, seconds = np.log(np.array(points, float)).T
    slope, start = np.polyfit(n, seconds, 1)
    return float(np.exp(start)), float(slope)


def plan(photos, rates, assumed):
    """Hours on the clock, core hours and dollars of every step for ``photos`` photos.

    The model is fitted and its groups are found on a sample; Beam finds and embeds all faces, each of which
    the model gives to its nearest group; faces of no group are grouped among themselves by a graph of
    neighbours. ``linkage_hours`` is what one tree of all faces takes instead, infinite beyond the memory.
    """
    faces = photos * rates["faces_a_photo"]
    spread = assumed["cores"] * assumed["efficiency"] * 3600
    sample = min(faces, assumed["fit_faces"])
    steps = {}
    ingest = photos * rates["ingest_seconds_a_photo"]
    embed = faces * rates["embed_seconds_a_face"]
    steps["find faces"] = (ingest / spread, ingest / 3600)
    steps["embed and assign"] = (embed / spread, embed / 3600)
    fit = sample * rates["fit_seconds_a_face"] + grouping(sample, rates["average_linkage"])
    steps["fit on the sample"] = (fit / 3600, fit / 3600)
    left = max(0.0, faces - sample) * assumed["searched_share"]
    graph = grouping(left, rates["chinese_whispers"]) if left else 0.0
    cores = assumed["group_cores"] * assumed["efficiency"]
    steps["group the unknown"] = (graph / 3600 / cores, graph / 3600)
    tree = grouping(faces, rates["average_linkage"])
    fits = 4 * faces**2 / 1e9 <= assumed["memory_gb"]
    hours = sum(clock for clock, _ in steps.values())
    core_hours = sum(busy for _, busy in steps.values())
    stored = (
        photos * rates["bytes_a_photo"] + faces * (rates["bytes_an_example"] + rates["bytes_a_row"])
    ) / 1e9
    return {
        "photos": photos,
        "steps": steps,
        "hours": hours,
        "core_hours": core_hours,
        "dollars": core_hours / assumed["efficiency"] * assumed["core_hour"],
        "stored_gb": stored,
        "dollars_a_month": stored * assumed["gb_month"],
        "linkage_hours": tree / 3600 if fits else math.inf,
    }


def grouping(faces, points):
    """Processor seconds of a clusterer for that many faces, by what was measured of it."""
    factor, slope = exponent(points)
    return factor * faces**slope


def table(plans):
    """The plans as lines of Markdown."""
    lines = [
        "| photos | "
        + " | ".join(plans[0]["steps"])
        + " | all, hours | core hours | $ | stored, GB | $ a month |"
    ]
    lines.append("|" + "---|" * (len(plans[0]["steps"]) + 6))
    for one in plans:
        steps = " | ".join(shown(clock) for clock, _ in one["steps"].values())
        told = [one["hours"], one["core_hours"], one["dollars"], one["stored_gb"], one["dollars_a_month"]]
        lines.append(f"| {one['photos']:,} | {steps} | " + " | ".join(shown(value) for value in told) + " |")
    return lines


def shown(value):
    """A number in two digits or whole."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def draw(rates, assumed, path):
    """Hours over photos of every step, of all, and of the tree of all faces up to its memory."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    photos = np.logspace(4, 8, 81)
    plans = [plan(n, rates, assumed) for n in photos]
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5), layout="constrained")
    for name, colour in zip(plans[0]["steps"], ("#3465a4", "#4e9a06", "#75507b", "#c4a000"), strict=True):
        left.plot(photos, [one["steps"][name][0] for one in plans], colour, label=name)
    left.plot(photos, [one["hours"] for one in plans], "black", linewidth=2, label="all of them")
    tree = [one["linkage_hours"] for one in plans]
    left.plot(photos, tree, "#cc0000", linestyle="--", label="instead: one tree of all faces")
    last = max(i for i, value in enumerate(tree) if math.isfinite(value))
    left.plot(photos[last], tree[last], "x", color="#cc0000")
    left.annotate(
        f"{assumed['memory_gb']} GB are full", (photos[last], tree[last]), (6, 4), textcoords="offset points"
    )
    left.set(xscale="log", yscale="log", xlabel="photos", ylabel="hours", ylim=(1e-4, 3e3))
    left.set_title(f"{assumed['cores']} cores find and embed, {assumed['group_cores']} group", fontsize=10)
    left.legend(fontsize=8)
    right.plot(photos, [one["dollars"] for one in plans], "black", label="computing, once")
    right.plot(
        photos,
        [one["dollars_a_month"] for one in plans],
        "#3465a4",
        label="storing photos, faces, rows, a month",
    )
    right.set(xscale="log", yscale="log", xlabel="photos", ylabel="US dollars, at assumed prices")
    right.legend(fontsize=8)
    for panel in (left, right):
        panel.grid(alpha=0.3)
    plt.rcParams["svg.hashsalt"] = "facefold"
    figure.savefig(path, metadata={"Date": None} if str(path).endswith(".svg") else None)


def main():
    """Measures, or draws and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale_plan", description=__doc__)
    parser.add_argument("command", choices=("measure", "draw"))
    parser.add_argument("--rates", type=Path, required=True)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--photos", type=int, default=400)
    parser.add_argument("--fit", nargs=2, type=float, metavar=("SECONDS", "FACES"), help="of the model's run")
    parser.add_argument("--out", type=Path, default=Path("docs/scale_plan.svg"))
    options = parser.parse_args()
    if options.command == "measure":
        faces, rates = measured_ingest(options.images.absolute(), options.photos)
        rates |= measured_model(options.model, faces)
        rates["fit_seconds_a_face"] = options.fit[0] / options.fit[1]
        rates |= {name: measured_grouping(name, sizes) for name, sizes in GROUPERS.items()}
        options.rates.write_text(json.dumps(rates, indent=1) + "\n")
    rates = json.loads(options.rates.read_text())
    draw(rates, ASSUMED, options.out)
    for name in GROUPERS:
        print(f"{name}: n to the power of {exponent(rates[name])[1]:.2f}")
    print("\n".join(table([plan(n, rates, ASSUMED) for n in SIZES])))


if __name__ == "__main__":
    main()
