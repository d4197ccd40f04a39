"""Finds the model that a new one is compared with: the latest blessed one of its kind that is still there."""

import os
from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tfx.dsl.components.common.resolver import ResolverStrategy

from components.saved_inputs import SAVED_MODEL, served_input

SERVED = "Format-Serving"


class EarlierBlessedModelStrategy(ResolverStrategy):
    """The latest blessed model of earlier runs that can be compared, without the one that is being judged.

    TFX's LatestBlessedModelStrategy takes the latest of all. A repeated run would find its own cached model
    as the baseline: the model would be judged against itself, and every step from there on would run again.
    A model of faces would be compared with one of drawings, and one that was removed could not be loaded.
    """

    def resolve_artifacts(self, store: Any, input_dict: dict[str, list[Any]]) -> dict[str, list[Any]]:
        """Resolves ``model`` and its ``model_blessing``, and the latest that was ``passed_over`` for them.

        Every given key is returned. TFX takes a missing one for a failure, which it only logs, and goes on as
        if no model had been blessed before.
        """
        (current,) = input_dict["current_model"]
        blessings = {
            one.get_int_custom_property("current_model_id"): one
            for one in input_dict["model_blessing"]
            if one.get_int_custom_property("blessed") == 1
        }
        earlier = [one for one in input_dict["model"] if one.id in blessings and one.id != current.id]
        earlier.sort(key=lambda one: one.id, reverse=True)
        found, passed_over = chosen(earlier, current, lambda one: os.path.join(one.uri, SERVED))
        return {
            "model": [found] if found else [],
            "model_blessing": [blessings[found.id]] if found else [],
            "passed_over": [passed_over] if passed_over else [],
            "current_model": [current],
        }


def chosen(earlier: list[Any], current: Any, served: Callable[[Any], str]) -> tuple[Any, Any]:
    """The first of ``earlier`` that takes what ``current`` takes, and one before it that is passed over.

    That is the first whose files are gone, or else, if none can be compared, the first of all. ``served`` is
    where the SavedModel of one lies. Either may be None.
    """
    wanted = served_input(served(current))
    gone = None
    for one in earlier:
        takes = served_input(served(one))
        if takes == wanted:
            return one, gone
        gone = one if takes is None and gone is None else gone
    return None, gone or (earlier[0] if earlier else None)


def pushed_versions(pushed: str) -> list[str]:
    """The folders of the versions under ``pushed``, a folder or its address, the newest first.

    A version itself is its only one.
    """
    if not pushed or not tf.io.gfile.isdir(pushed):
        return []
    if tf.io.gfile.exists(os.path.join(pushed, SAVED_MODEL)):
        return [pushed]
    names = (name.rstrip("/") for name in tf.io.gfile.listdir(pushed))
    return [
        os.path.join(pushed, str(n)) for n in sorted((int(n) for n in names if n.isdigit()), reverse=True)
    ]


def in_words(passed_over: str, current: str) -> str:
    """Why the latest blessed model at ``passed_over`` was not compared with the served one at ``current``."""
    takes = served_input(passed_over)
    if takes is None:
        return f"Left out: the latest blessed model is gone from {passed_over}."
    return (
        f"Nothing comparable: the latest blessed model, {passed_over}, takes {takes}, this one "
        f"{served_input(current)}."
    )
