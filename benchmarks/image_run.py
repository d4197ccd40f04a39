"""One run of benchmarks.image_clustering: python -m benchmarks.image_run SET WAY SEED FOLDER, a JSON line."""

import hashlib
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.image_data import pictures_of
from benchmarks.image_ways import WAYS
from pipeline.runners.tensorflow_environment import before_tensorflow

FIGURES = ("acc", "nmi", "ari")


def used(way):
    """The way's recipe."""
    from pipeline.recipes.catalog import RECIPES

    return RECIPES[way.recipe]


def unfitted(way, images, seed):
    """The way's model for images (n, side, side, channels)."""
    from models.catalog import build_model

    recipe = used(way)
    told = {} if way.model or recipe.network is None else recipe.network.model_dump()
    own = {"side": images.shape[1], "channels": images.shape[3]}
    return build_model(way.model or recipe.model, seed, **{**told, **own, **way.network})


def fitted(model, images):
    """The model, fitted to images without a label."""
    import tensorflow as tf

    from models.inputs.training_data import ExampleSet

    model.start_from(ExampleSet(tf.data.Dataset.from_tensor_slices({"image": images}), len(images)))
    return model


def embedded(model, images):
    """The embeddings (n, d) float32 of images."""
    import tensorflow as tf

    encode = tf.function(model.encode, reduce_retracing=True, autograph=False)
    return np.concatenate([encode(images[i : i + 256]).numpy() for i in range(0, len(images), 256)])


def grouped(way, model, embeddings, seed):
    """The way's clusterer, fitted to the embeddings in the recipe's space: it, and the points there."""
    from threadpoolctl import threadpool_limits

    from components.evaluate.search.folds import build_kind, fitted_on
    from components.evaluate.search.reduction import reduce
    from components.evaluate.search.settings import finds_number, kinds_of
    from models.clustering.rows import Rows
    from pipeline.dag.grouping import of_network

    asked = used(way).selection.changed(**way.selection, random_state=seed)
    asked = asked.model_copy(update=of_network(model.settings))
    space = asked.reduction, asked.pca_variance, asked.max_dimension, asked.whiten, seed
    with threadpool_limits(1):
        points = reduce(embeddings, *space)[1]
        (kind,) = kinds_of(asked)
        k = None if finds_number(kind) else int(asked.n_clusters)
        return fitted_on(Rows(points, None), build_kind(kind, k, seed, asked)), points


def of_labels(labels, clusters):
    """Figures by labels of clusters (n,)."""
    from components.evaluate.figures.metrics import label_metrics

    found = label_metrics(labels, clusters)
    return {name: found[name] for name in FIGURES}


def judged(estimator, points, labels):
    """Figures by labels of the estimator's groups, and what a consensus adds."""
    told = of_labels(labels, estimator.labels_) | {"groups": int(estimator.n_clusters_)}
    sizes = np.bincount(estimator.labels_[estimator.labels_ >= 0])
    told["largest"] = float(sizes.max() / len(labels))
    told["joined"] = crossed(labels, estimator.labels_)
    if hasattr(estimator, "partitions_"):
        alone = [of_labels(labels, one) for one in estimator.partitions_.T]
        told["alone"] = {name: [one[name] for one in alone] for name in FIGURES}
        told["rule_agrees"] = float((estimator.predict(points) == estimator.labels_).mean())
    return told


def crossed(labels, clusters):
    """How many of each label are in each group: {label: [of group 0, of group 1, ...]}."""
    names, codes = np.unique(labels, return_inverse=True)
    table = np.zeros((len(names), int(clusters.max()) + 1), int)
    np.add.at(table, (codes, clusters), 1)
    return dict(zip(names.tolist(), table.tolist(), strict=True))


def network_of(way, images, seed, kept):
    """The embeddings of images, what the model tells, its teacher's groups, and what it cost.

    Ways that only group otherwise share one network: it is ``kept`` by what made it, the code too.
    """
    model = unfitted(way, images, seed)
    pictures = [len(images), *images.shape[1:], float(images.mean())]
    made_of = json.dumps([code_of("models"), model.get_config(), pictures], sort_keys=True)
    file = kept / f"{hashlib.sha256(made_of.encode()).hexdigest()[:20]}.npz"
    if file.exists():
        with np.load(file) as held:
            return model, held["embeddings"], json.loads(str(held["told"]))
    began, cpu = time.perf_counter(), time.process_time()
    embeddings = embedded(fitted(model, images), images)
    told = {
        "told": model.figures(embeddings),
        "fit_seconds": round(time.perf_counter() - began, 1),
        "fit_cpu_seconds": round(time.process_time() - cpu, 1),
        "fit_mb": peak_mb(),
    }
    if getattr(model, "groups", None) is not None:
        told["teacher"] = model.groups.labels.tolist()
    kept.mkdir(parents=True, exist_ok=True)
    np.savez(file, embeddings=embeddings, told=json.dumps(told))
    return model, embeddings, told


def code_of(folder):
    """The content of a folder, as git names it; what is changed and not committed counts too."""

    def told(*words):
        return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout.strip()

    changed = told("diff", "HEAD", "--", folder)
    return told("rev-parse", f"HEAD:{folder}") + hashlib.sha256(changed.encode()).hexdigest()[:8]


def peak_mb():
    """The most memory that this process had, in MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main():
    """Prints the run's line; its seconds and memory are those of the network and of the groups together."""
    set_name, way_name, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
    before_tensorflow()
    way = WAYS[way_name]
    images, labels = pictures_of(set_name)
    model, embeddings, told = network_of(way, images, seed, Path(sys.argv[4]))
    began, cpu = time.perf_counter(), time.process_time()
    estimator, points = grouped(way, model, embeddings, seed)
    line = {
        "set": set_name,
        "way": way_name,
        "seed": seed,
        "n": len(images),
        "seconds": round(told["fit_seconds"] + time.perf_counter() - began, 1),
        "cpu_seconds": round(told["fit_cpu_seconds"] + time.process_time() - cpu, 1),
        "fit_seconds": told["fit_seconds"],
        "peak_mb": max(told["fit_mb"], peak_mb()),
    }
    line |= judged(estimator, points, labels) | {"told": told["told"]}
    if "teacher" in told:
        line["teacher"] = of_labels(labels, np.array(told["teacher"]))
    print(json.dumps(line))


if __name__ == "__main__":
    main()
