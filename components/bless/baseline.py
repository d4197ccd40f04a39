"""Finds the latest blessed model of earlier runs, which a new model is compared with."""

from typing import Any

from tfx.dsl.components.common.resolver import ResolverStrategy
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import LatestBlessedModelStrategy


class EarlierBlessedModelStrategy(ResolverStrategy):
    """TFX's LatestBlessedModelStrategy over all models except the one that is being judged.

    Without this, a repeated run would find its own cached model as the baseline: the model would be
    judged against itself, and every step from there on would run again.
    """

    def resolve_artifacts(self, store: Any, input_dict: dict[str, list[Any]]) -> dict[str, list[Any]]:
        """Resolves ``model`` and ``model_blessing``, leaving out what is in ``current_model``.

        Every given key is returned. TFX takes a missing one for a failure, which it only logs, and goes on as
        if no model had been blessed before.
        """
        current = {artifact.id for artifact in input_dict["current_model"]}
        earlier = {
            "model": [a for a in input_dict["model"] if a.id not in current],
            "model_blessing": input_dict["model_blessing"],
        }
        found = LatestBlessedModelStrategy().resolve_artifacts(store, earlier)
        return {**found, "current_model": input_dict["current_model"]}
