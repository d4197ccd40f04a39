"""Settings: small frozen classes, one for each part; their fields have a type, a range, a unit and help."""

from __future__ import annotations

import math
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from typing_extensions import Self

PATHS = ("file", "folder", "file or folder")


@dataclass(frozen=True)
class About:
    """What is known about a setting besides its type: everything that a list of settings shows.

    ``choices``: the value, or each item of a tuple, is one of them. ``path``: one of ``PATHS`` if the value
    is an absolute path, otherwise "". ``exists``: whether the file must exist before a run starts.
    ``internal``: the pipeline sets it, not a person, so it is not a setting of a recipe.
    """

    unit: str = ""
    choices: tuple[str, ...] = ()
    path: str = ""
    exists: bool = False
    may_be_empty: bool = False
    internal: bool = False


def setting(
    default: Any,
    what: str,
    about: About | None = None,
    *,
    unit: str = "",
    choices: Iterable[str] = (),
    **limits: Any,
) -> Any:
    """A field of a ``Settings`` class: its default, its help, and the values that it may have.

    ``limits`` are ``ge``, ``gt``, ``le`` and ``lt``. ``unit`` and ``choices`` are a short way to give an
    ``About`` that has only these.

    >>> class Training(Settings):
    ...     epochs: int = setting(4, "passes over the training faces", ge=1)
    """
    told = about or About(unit=unit, choices=tuple(choices))
    return Field(default, description=what, json_schema_extra={"about": vars(told)}, **limits)


class Settings(BaseModel):
    """A frozen group of settings; an unknown name or an impossible value raises ValueError with one line."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    whose: ClassVar[str] = "setting"

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ValueError(in_words(type(self), error)) from None

    @field_validator("*")
    @classmethod
    def _check(cls, value: Any, info: ValidationInfo) -> Any:
        """Returns the value, or raises ValueError for what pydantic's own limits do not cover."""
        about = about_of(cls, str(info.field_name))
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("not a finite number")
        if isinstance(value, tuple):
            value = tuple(dict.fromkeys(value))  # a word that is told twice counts once
        chosen = value if isinstance(value, tuple) else (value,)
        if about.choices and (set(chosen) - set(about.choices) or not (chosen or about.may_be_empty)):
            raise ValueError("not one of the choices")
        if about.path and value and not Path(value).is_absolute():
            raise ValueError("a relative path")
        return value

    @classmethod
    def picked(cls, values: Mapping[str, Any]) -> Self:
        """Picks these settings out of a larger dict, such as JSON returns; other names are ignored."""
        own = {name: values[name] for name in cls.model_fields if name in values}
        return cls(**{name: tuple(v) if isinstance(v, list) else v for name, v in own.items()})

    def changed(self, **values: Any) -> Self:
        """A copy with other values, which are checked like those of a new object."""
        return type(self)(**{**dict(self), **values})


def about_of(cls: type[Settings], name: str) -> About:
    """What is known about the setting ``name`` of a class."""
    extra = cls.model_fields[name].json_schema_extra
    return About(**typing.cast(dict[str, Any], extra["about"])) if isinstance(extra, dict) else About()


def settable(cls: type[Settings]) -> tuple[str, ...]:
    """The names of all settings of a class that a person may set."""
    return tuple(name for name in cls.model_fields if not about_of(cls, name).internal)


def paths_of(settings: Settings) -> dict[str, str]:
    """The settings that name a file or folder, with their paths; not those that are empty or internal."""
    kind = type(settings)
    return {
        name: str(value)
        for name, value in settings
        if value and about_of(kind, name).path and not about_of(kind, name).internal
    }


def kind_of(cls: type[Settings], name: str) -> type:
    """The type of a setting: bool, int, float, str, or tuple for several words."""
    annotation = cls.model_fields[name].annotation
    return tuple if typing.get_origin(annotation) is tuple else typing.cast(type, annotation)


def parsed(cls: type[Settings], name: str, text: str) -> Any:
    """Converts ``text``, as a person writes it after ``name=``, to a value of the setting's type.

    Several words are separated by commas; ``all`` stands for every choice. Raises ValueError with one line if
    the text is not such a value.
    """
    kind = kind_of(cls, name)
    if kind is tuple:
        words = tuple(part.strip() for part in text.split(",") if part.strip())
        return about_of(cls, name).choices if words == ("all",) else words
    if kind is bool:
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        raise wrong(cls, name, text)
    try:
        return kind(text)
    except ValueError:
        raise wrong(cls, name, text) from None


def range_of(cls: type[Settings], name: str) -> str:
    """Says in words what the values of a setting may be, such as "a whole number, at least 1"."""
    about, kind = about_of(cls, name), kind_of(cls, name)
    if about.choices:
        return f"{'some' if kind is tuple else 'one'} of: {', '.join(about.choices)}"
    if about.path:
        return f"an absolute path of a {about.path}"
    words = {bool: "true or false", int: "a whole number", float: "a number", tuple: "words"}
    return ", ".join(part for part in (words.get(kind, "text"), limits_of(cls, name)) if part)


def limits_of(cls: type[Settings], name: str) -> str:
    """Says in words what limits a number has, such as "at least 0, below 1"; "" without any."""
    low = high = ""
    for limit in cls.model_fields[name].metadata:
        match limit:
            case Ge(ge=value):
                low = f"at least {in_digits(value)}"
            case Gt(gt=value):
                low = f"above {in_digits(value)}"
            case Le(le=value):
                high = f"at most {in_digits(value)}"
            case Lt(lt=value):
                high = f"below {in_digits(value)}"
    return ", ".join(part for part in (low, high) if part)


def in_digits(limit: Any) -> str:
    """A limit with all its digits, which ``g`` alone would round: 2147483647, 0.001."""
    return str(limit) if isinstance(limit, int) else f"{limit:g}"


def wrong(cls: type[Settings], name: str, value: Any, expected: str = "") -> ValueError:
    """The error for an impossible value: the setting, what was received, what is expected, and an example."""
    default = cls.model_fields[name].default
    example = "" if expected or default in ("", ()) else f", as in {name}={shown(default)}"
    return ValueError(
        f"Setting {name}={shown(value)} is not possible. Expected {expected or range_of(cls, name)}{example}."
    )


def shown(value: Any) -> str:
    """A value as a person writes it after ``key=``."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def in_words(cls: type[Settings], error: ValidationError) -> str:
    """Says in one line, in this project's words, the first thing that pydantic found wrong."""
    found = error.errors(include_url=False)[0]
    if not found["loc"]:  # the class's own check of several settings together
        return str(found["ctx"]["error"])
    name = str(found["loc"][0])
    if found["type"] == "extra_forbidden":
        return f"Unknown {cls.whose} {name!r}. Expected one of: {', '.join(cls.model_fields)}."
    return str(wrong(cls, name, found["input"]))
