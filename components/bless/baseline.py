"""The latest blessed model of earlier runs, for a model to be measured against."""

from tfx.dsl.components.common.resolver import ResolverStrategy
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import LatestBlessedModelStrategy


class EarlierBlessedModelStrategy(ResolverStrategy):
    """TFX's LatestBlessedModelStrategy over all models but the one that is being judged.

    Without this, a repeated run would find its own cached model as the baseline: the model would be
    judged against itself, and every step from there on would run again.
    """

    def resolve_artifacts(self, store, input_dict):
        """Resolves ``model`` and ``model_blessing``, leaving out what is in ``current_model``."""
        current = {artifact.id for artifact in input_dict["current_model"]}
        earlier = {
            "model": [a for a in input_dict["model"] if a.id not in current],
            "model_blessing": input_dict["model_blessing"],
        }
        resolved = LatestBlessedModelStrategy().resolve_artifacts(store, earlier)
        # TFX asks for every key that it gave; without one it takes the whole for unresolved, in silence.
        return {**resolved, "current_model": input_dict["current_model"]}
