"""How far an AUC falls from one set of pairs to the next, with a paired interval over the people of both."""

import numpy as np

REPLICATES = 500


def names_of(pairs):
    """The people (p, 2) in the pairs' photos, by their folders."""
    return np.array([[path.split("/")[0] for path in side] for side in (pairs.first, pairs.second)]).T


def aucs(scored, names, drawn):
    """The AUC in each replicate: ``drawn`` says how often each person was drawn, {name: (r,)}."""
    from components.evaluate.figures.bands import weighted_roc

    count = np.stack([drawn[name] for name in names.ravel()]).reshape(*names.shape, -1)
    one = names[:, 0] == names[:, 1]
    weights = (count[:, 0] * np.where(one[:, None], 1, count[:, 1])).T
    fpr, tpr = weighted_roc(scored, weights)
    return (np.diff(fpr) * (tpr[:, 1:] + tpr[:, :-1]) / 2).sum(axis=1)


def fall(first, second, photos, score):
    """The AUC on the pairs ``first`` less that on ``second``: value, low, high (95%), the same people drawn.

    ``photos`` are a model's embeddings by path, and ``score`` scores pairs by them.
    """
    from components.evaluate.figures.intervals import draws

    sets = [(score(photos, pairs), names_of(pairs)) for pairs in (first, second)]
    sets = [(scored, names[scored.index]) for scored, names in sets]
    people = np.unique(np.concatenate([names.ravel() for _, names in sets]))
    drawn = dict(zip(people, draws(len(people), REPLICATES).T, strict=True))
    once = {name: np.ones(1, np.int64) for name in people}
    value = float(np.subtract(*(aucs(*one, once)[0] for one in sets)))
    found = np.subtract(*(aucs(*one, drawn) for one in sets))
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return {"value": value, "low": float(low), "high": float(high)}


def falls_of(models, names, sets, miners, score):
    """Random to doppelganger, and doppelganger to ViSE, for each model and each miner's sets; not its own."""
    steps = []
    for miner in miners:
        hard, harder = f"doppelganger, by {miner}", f"vise, by {miner}"
        steps += [("random", hard), (hard, harder)]
    return {
        name: {
            f"{first} to {second}": fall(
                sets[first][1], sets[second][1], models[name].photos["celeba"], score
            )
            for first, second in steps
            if not models[name].own(sets[second][1])
        }
        for name in names
    }


def falls_table(falls, labels, short):
    """Markdown of ``falls_of``; a step of which the interval holds 0 is in brackets."""
    steps = list(dict.fromkeys(step for one in falls.values() for step in one))
    lines = [f"| the AUC's fall (95%) | {' | '.join(steps)} |", "|---" * (len(steps) + 1) + "|"]
    for name, one in falls.items():
        cells = []
        for step in steps:
            told = one.get(step)
            text = told and f"{short(told['value'])} ({short(told['low'])} to {short(told['high'])})"
            sure = told and (told["low"] > 0 or told["high"] < 0)
            cells.append("own" if told is None else text if sure else f"[{text}]")
        lines.append(f"| `{labels[name]}` | {' | '.join(cells)} |")
    return lines
