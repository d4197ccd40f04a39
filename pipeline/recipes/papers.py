"""The five papers behind the recipes, by the keys that code and docs use for them; see docs/papers.md."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """One paper: its title, its authors and its year.

    ``short`` is the name to use in a sentence. ``year`` is None if the paper itself names none.
    """

    short: str
    title: str
    authors: tuple[str, ...]
    year: int | None


PAPERS = {
    "P0": Paper(
        "Ul Abiddin, Hashmi and Bilal's paper on faces",
        "Exploring Unsupervised Learning Approaches to Facial Recognition using Autoencoders",
        ("Muhammad Zain Ul Abiddin", "Arhum Hashmi", "Syed Muhammad Bilal"),
        None,
    ),
    "P1": Paper(
        "Prioty's project report on CIFAR-10",
        "Unsupervised Learning with Neural Networks: Autoencoder-based Clustering",
        ("Tasfia Tasnim Prioty",),
        2025,
    ),
    "P2": Paper(
        "Thom's dissertation",
        "Mitigating Environmental Bias in Facial Recognition Models",
        ("Nathan Thom",),
        2024,
    ),
    "P3": Paper(
        "Evans' post on drawn faces",
        "Day 19: Clustering faces (poorly) using an autoencoder",
        ("Julia Evans",),
        2020,
    ),
    "P4": Paper(
        "Reghu's dissertation on mixtures",
        "Unsupervised Clustering of High-Dimensional Image Data: Integrating Autoencoders with Gaussian "
        "Mixture Models",
        ("Sruthi Lakshmi Vadakkapurathu Reghu",),
        2024,
    ),
}
