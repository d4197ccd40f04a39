"""A line in one of the project's tables: where to find something by its name, without importing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar


@dataclass(frozen=True)
class Entry:
    """Where a class or function is: ``path`` is "package.module:Name".

    A table that says more about its entries subclasses this as a frozen dataclass with further fields.
    Creating an entry imports nothing. Raises ValueError if the path has another form.
    """

    path: str

    def __post_init__(self) -> None:
        module, colon, name = self.path.partition(":")
        if not (colon and name.isidentifier() and all(part.isidentifier() for part in module.split("."))):
            raise ValueError(
                f"An entry's path must be 'package.module:Name', received {self.path!r}. "
                "Write the module with dots, then a colon and the name in it."
            )

    def load(self) -> Any:
        """Imports the module and returns the class or function; raises ImportError if it is not there."""
        module, _, name = self.path.partition(":")
        try:
            return getattr(import_module(module), name)
        except AttributeError as error:
            raise ImportError(
                f"{module} has no {name}. Expected the class or function that the entry {self.path!r} "
                "promises. Correct the path in its table."
            ) from error


AnEntry = TypeVar("AnEntry")


def entry_of(table: Mapping[str, AnEntry], name: str, what: str, where: str) -> AnEntry:
    """The entry ``name`` of a table; raises ValueError if the name is not in it.

    For the error, ``what`` is the singular word for an entry, and ``where`` the file in which to add one::

        entry_of(MODELS, "vea", "model", "models/catalog.py")
        ValueError: Unknown model 'vea'. Expected one of: aae, cae, vae. Add models in models/catalog.py.
    """
    if name not in table:
        raise ValueError(
            f"Unknown {what} {name!r}. Expected one of: {', '.join(sorted(table))}. Add {what}s in {where}."
        )
    return table[name]
