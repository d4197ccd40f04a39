"""Embeddings of many faces of few people, made from a seed, as far apart as those that face-people gives."""

import numpy as np

# Of the 1,525 named faces of celeba_wild and the 2,248 of lfw_dev, embedded as face-people does: all lie
# about one direction, people about it, photos about their person. A fall f of the axes leaves about 1 / f
# dimensions.
SHARED = 0.917  # length of the mean of all faces, which have length 1
PEOPLE, PEOPLE_FALL = 0.34, 0.071  # how far people lie from it, root mean square; 14 dimensions
PHOTOS, PHOTOS_FALL = 0.207, 0.018  # how far a person's photos lie from their mean; 55 dimensions


def people_faces(n, people, d=128, seed=0):
    """(embeddings (n, d) float32 of unit length, person of each (n,) int64 from 0), in random order.

    The person of rank r has a share of the faces in proportion to 1 / sqrt(r), two at least. The middle
    distance within a person is about .29, and between two about .57; of the real ones .29 and .55 to .57.
    """
    generator = np.random.default_rng(seed)
    share = 1 / np.sqrt(np.arange(1, people + 1))
    sizes = np.maximum(2, np.floor(n * share / share.sum()).astype(np.int64))
    sizes[0] += n - sizes.sum()
    person = generator.permutation(np.repeat(np.arange(people), sizes))
    middles = _about(generator, people, d, PEOPLE, PEOPLE_FALL)
    middles[:, -1] += SHARED
    x = middles[person] + _about(generator, n, d, PHOTOS, PHOTOS_FALL)
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32), person


def _about(generator, n, d, length, fall):
    spread = np.exp(-fall * np.arange(d))
    return generator.standard_normal((n, d)) * (length * spread / np.linalg.norm(spread))
