"""Embeddings as of many people's photos, made from a seed: the truth is known, and n as large as wanted."""

import numpy as np

LARGEST = 100  # photos of one person at most
FALL = 0.02  # of the axes' spread from one to the next: about 49 of 128 dimensions count
NOISE = 0.7  # length of what differs between a person's photos over that between people


def planted_faces(n, d=128, random_state=0):
    """(embeddings (n, d) float32 of unit length, identities (n,) int64), in random order.

    Identities have 1 to 100 photos, s of them with probability in proportion to 1 / s (Zipf), 19 in the mean;
    the last one is cut short. People are Gaussian with axes of falling spread, then of unit length; a photo
    is its person plus 0.7 of the same Gaussian, again of unit length.
    """
    generator = np.random.default_rng(random_state)
    sizes = np.arange(1, LARGEST + 1)
    sizes = generator.choice(sizes, size=n, p=(1 / sizes) / (1 / sizes).sum())
    identities = generator.permutation(np.repeat(np.arange(n), sizes)[:n])
    spread = np.exp(-FALL * np.arange(d))
    spread = (spread / np.linalg.norm(spread)).astype(np.float32)
    people = unit(generator.standard_normal((identities.max() + 1, d), np.float32) * spread)
    photos = generator.standard_normal((n, d), np.float32)
    photos *= NOISE * spread
    photos += people[identities]
    return unit(photos), identities


def unit(rows):
    """Rows (n, d) of length 1."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
