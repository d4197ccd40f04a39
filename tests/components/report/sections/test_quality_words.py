"""What the page says of quality: reasons that can be seen, and what the founders gave."""

from dataclasses import replace

import numpy as np

from components.report.sections.quality import POOR, SHOWN, gain_words, quality, reason, reasons


def test_a_poor_face_has_a_reason_and_a_good_one_none(run):
    poorest, best = int(np.argmin(run.quality)), int(np.argmax(run.quality))
    assert reason(run, poorest) in ("blurred", "turned away")
    assert reason(run, best) == ""
    assert reasons(run, (best, best)) == "both of good quality"
    assert reasons(run, (best, poorest)) == f"one: {reason(run, poorest)}"
    assert reasons(run, (poorest, poorest)) == f"both: {reason(run, poorest)}"
    other = next(int(i) for i in np.argsort(run.quality) if run.weakest[i] != run.weakest[poorest])
    assert reasons(run, (poorest, other)).startswith("each: ")
    assert reasons(replace(run, quality=None), (best, poorest)) == ""


def test_the_poorest_are_shown_first_and_counted_by_what_they_lack(run):
    told = quality(run)
    assert len(told["faces"]) == SHOWN
    assert run.quality[told["faces"][0]] == run.quality.min()
    poor = int((run.quality <= POOR).sum())
    total, *counts = (int(word) for word in told["said"].split() if word.isdigit())
    assert total == sum(counts) == poor
    assert quality(replace(run, quality=None, weakest=None)) is None


def test_the_gain_is_told_with_labels_and_without():
    kept = {"pairwise_f": 0.93, "bcubed_f": 0.95, "n_clusters": 40}
    told = {"n_founders": 70, "n_train": 100, "with": kept, "without": {**kept, "pairwise_f": 0.9}}
    assert gain_words(told) == (
        "The 70 best of 100 train faces found groups, 40 of them; the others are only assigned. If all did, "
        "there would be 40 groups. Held against labels: pairwise F 0.930 instead of 0.900 and BCubed F 0.950 "
        "instead of 0.950."
    )
    bare = {"pairwise_f": None, "bcubed_f": None, "n_clusters": 40}
    assert gain_words({**told, "with": bare, "without": bare}).endswith("40 groups.")
    assert gain_words(None) == ""
