"""How near an adversarial autoencoder's codes are to N(0, I), beside a control that never saw a prior.

    facefold run face-aae --images DIR --root AAE --set epochs=28
    facefold run face-cae --images DIR --root CAE --set epochs=30
    .venv/bin/python -m benchmarks.aae_codes AAE CAE

``face-aae`` ends by scaling each code to mean 0 and variance 1 over the train faces, so means and variances
say nothing of its game. Here the codes of every root are shifted and scaled so, and judged on the eval faces,
of which the scaling knows nothing: what still differs is the shape, which MMD^2 measures.
"""

import argparse

import numpy as np

from benchmarks.order import embeddings_of


def scaled_alike(train, held_out):
    """``held_out`` (m, d), shifted and scaled by the means and deviations of ``train`` (n, d)."""
    deviation = np.maximum(train.std(axis=0), train.std(axis=0).mean() / 30)
    return (held_out - train.mean(axis=0)) / deviation


def main():
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("roots", metavar="ROOT", nargs="+")
    from models.autoencoders.normality import normality_figures

    print("| root | eval faces | largest mean | variances | MMD² | of the prior, 95% | 1.2 times too wide |")
    print("|---|---|---|---|---|---|---|")
    for root in parser.parse_args().roots:
        train, held_out = (embeddings_of(root, split)[0] for split in ("train", "eval"))
        for name, codes in (("as it is", held_out), ("scaled alike", scaled_alike(train, held_out))):
            found = normality_figures(codes)
            narrowest, widest = found["smallest_variance"], found["largest_variance"]
            print(
                f"| {root}, {name} | {len(codes)} | {found['largest_mean']:.2f} | "
                f"{narrowest:.2f} to {widest:.2f} | {found['mmd2']:.4f} | "
                f"{found['mmd2_prior_95']:.4f} | {found['mmd2_too_wide']:.4f} |"
            )


if __name__ == "__main__":
    main()
