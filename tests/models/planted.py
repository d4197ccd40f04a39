"""Rows in known groups, for the tests of what finds groups."""

import numpy as np


def groups(sizes, d=128, noise=0.5, seed=0):
    """(rows (n, d) float32 of unit length, group of each (n,)), in random order."""
    generator = np.random.default_rng(seed)
    truth = generator.permutation(np.repeat(np.arange(len(sizes)), sizes))
    centres = generator.normal(size=(len(sizes), d)) / np.sqrt(d)
    rows = centres[truth] + noise * generator.normal(size=(len(truth), d)) / np.sqrt(d)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), truth


def family_sizes(seed=0):
    """500 groups of 2 to 12, 100 singles and one of 300."""
    return [*np.random.default_rng(seed).integers(2, 13, 500), *[1] * 100, 300]


def blobs(n_clusters=4, n=120, d=3, seed=0, spread=20.0):
    """(rows (n, d) float32, group of each (n,)): round groups of one size, ``spread`` apart."""
    generator = np.random.default_rng(seed)
    means = generator.normal(size=(n_clusters, d)) * spread
    truth = np.arange(n) % n_clusters
    return (means[truth] + generator.normal(size=(n, d))).astype(np.float32), truth


def shaped(n_components=4, n=400, d=5, seed=0, spread=1.5):
    """(rows (n, d), group of each (n,)): overlapping groups, each with a covariance of its own."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(n_components, size=n)
    truth[:n_components] = range(n_components)
    shapes = generator.normal(size=(n_components, d, d)) / np.sqrt(d)
    means = spread * generator.normal(size=(n_components, d))
    x = means[truth] + np.einsum("nij,nj->ni", shapes[truth], generator.normal(size=(n, d)))
    return x, truth


def alike(n_clusters=12, n=180, d=24, spread=3.0, seed=0):
    """(rows (n, d) float32, group of each (n,)): groups that share one covariance, not spherical."""
    generator = np.random.default_rng(seed)
    shape = np.linalg.qr(generator.normal(size=(d, d)))[0] * np.linspace(0.5, 2, d)
    truth = np.arange(n) % n_clusters
    x = spread * generator.normal(size=(n_clusters, d))[truth] + generator.normal(size=(n, d)) @ shape
    return x.astype(np.float32), truth
