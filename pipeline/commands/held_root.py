"""What commands that change a root share: it is there, nobody else uses it, and what is wrong is said."""

from collections.abc import Callable

from pipeline.commands.outcome import FAILED, WRONG_ARGUMENTS, complain
from pipeline.dag.layout import Layout


def with_held_root(layout: Layout, command: str, work: Callable[[], int]) -> int:
    """What ``work`` returns while the command holds the root; 1 if it can't be used, 2 if it is none."""
    if not layout.root.is_dir():
        complain(f"--root {layout.root} is no folder. Expected one that facefold keeps its runs in.")
        return WRONG_ARGUMENTS
    from pipeline.runners.root_lock import hold

    def held() -> int:
        with hold(layout.lock, f"facefold {command}"):
            return work()

    return outcome_in_root(held)


def outcome_in_root(work: Callable[[], int]) -> int:
    """What ``work`` returns; 1 if the root can't be used, 2 if it is none, each with a line that says why."""
    from pipeline.runners.root_lock import RootError, WrongRootError

    try:
        return work()
    except WrongRootError as error:
        complain(error)
        return WRONG_ARGUMENTS
    except RootError as error:
        complain(error)
        return FAILED
