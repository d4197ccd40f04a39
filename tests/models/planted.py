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
