"""A line of a table of networks: what must be known of a network before its class is imported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from schemas.entry import Entry
from schemas.settings import Settings

if TYPE_CHECKING:
    from models.trained import TrainedModel


@dataclass(frozen=True)
class Trained(Entry):
    """Where a network's class is, and what training has to know of it.

    ``settings``: the class of its settings. ``reads``: the features of an example that training hands it: a
    tensor for one name, a dict for several. ``learns``: whether gradient descent trains it. ``seeded``:
    whether its constructor takes the run's seed. ``extra``: the extra of facefold that installs its weights,
    and ``needs`` the packages in that extra. ``made_of``: for weights that were trained elsewhere, sentences
    that say by whom and on what, their licence, and whom they are known to serve worse.
    """

    settings: type[Settings] = Settings
    reads: tuple[str, ...] = ("image",)
    learns: bool = True
    seeded: bool = False
    extra: str = ""
    needs: tuple[str, ...] = ()
    made_of: tuple[str, ...] = ()

    def build(self, seed: int = 0, **settings: Any) -> TrainedModel:
        """The network; settings that are not given have their defaults.

        Raises ValueError for an unknown setting or an impossible value.
        """
        drawn = {"seed": seed} if self.seeded else {}
        return cast("TrainedModel", self.load()(**settings, **drawn))
