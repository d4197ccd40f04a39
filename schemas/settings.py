"""Settings: small frozen classes, one a part of the system, whose fields tell type, range, unit and help."""

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
    """What is known of a setting beside its type: all that a list of settings shows.

    ``choices``: the value is one of them; of a tuple, each of its items is. ``path``: one of ``PATHS`` where
    the value is an absolute path, or "". ``exists``: whether there must be such a file before a run starts.
    ``internal``: the pipeline sets it, not a person, so that it is no setting of a recipe.
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
    """A field of a ``Settings`` class: its default, its help, and what its value has to be.

    ``limits``: ``ge``, ``gt``, ``le``, ``lt``. ``unit`` and ``choices`` make an ``About`` of these alone.

    >>> class Training(Settings):
    ...     epochs: int = setting(4, "passes over the training faces", ge=1)
    """
    told = about or About(unit=unit, choices=tuple(choices))
    return Field(default, description=what, json_schema_extra={"about": vars(told)}, **limits)


class Settings(BaseModel):
    """A frozen group of settings; an unknown name or an impossible value raises ValueError, in one line."""

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
        """The value itself; ValueError for what pydantic's own limits don't cover."""
        about = about_of(cls, str(info.field_name))
        if isinstance(value, float) and math.isnan(value):
            raise ValueError("not a number")
        chosen = value if isinstance(value, tuple) else (value,)
        if about.choices and (set(chosen) - set(about.choices) or not (chosen or about.may_be_empty)):
            raise ValueError("not one of the choices")
        if about.path and value and not Path(value).is_absolute():
            raise ValueError("a relative path")
        return value

    @classmethod
    def picked(cls, values: Mapping[str, Any]) -> Self:
        """These settings out of a larger dict, as JSON gives it back; other names are left out."""
        own = {name: values[name] for name in cls.model_fields if name in values}
        return cls(**{name: tuple(v) if isinstance(v, list) else v for name, v in own.items()})

    def changed(self, **values: Any) -> Self:
        """A copy with other values, checked as new ones are."""
        return type(self)(**{**dict(self), **values})


def about_of(cls: type[Settings], name: str) -> About:
    """What is known of the setting ``name`` of a class."""
    extra = cls.model_fields[name].json_schema_extra
    return About(**extra["about"]) if isinstance(extra, dict) else About()  # type: ignore[arg-type]


def settable(cls: type[Settings]) -> tuple[str, ...]:
    """The names of all settings of a class that a person may set."""
    return tuple(name for name in cls.model_fields if not about_of(cls, name).internal)


def kind_of(cls: type[Settings], name: str) -> type:
    """bool, int, float, str, or tuple for several words."""
    annotation = cls.model_fields[name].annotation
    return tuple if typing.get_origin(annotation) is tuple else typing.cast(type, annotation)


def parsed(cls: type[Settings], name: str, text: str) -> Any:
    """``text``, as a person writes it after ``name=``, as a value of the setting's type.

    Several words are separated by commas; ``all`` stands for every choice. Raises ValueError, one line, for a
    text that is no such value.
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
    """What the values of a setting may be, in words: "a whole number, at least 1"."""
    about, kind = about_of(cls, name), kind_of(cls, name)
    if about.choices:
        return f"{'some' if kind is tuple else 'one'} of: {', '.join(about.choices)}"
    if about.path:
        return f"an absolute path of a {about.path}"
    words = {bool: "true or false", int: "a whole number", float: "a number", tuple: "words"}
    return ", ".join(part for part in (words.get(kind, "text"), limits_of(cls, name)) if part)


def limits_of(cls: type[Settings], name: str) -> str:
    """The range of a number in words: "from 0 to below 1"; "" where there is none."""
    low = high = ""
    for limit in cls.model_fields[name].metadata:
        match limit:
            case Ge(ge=value):
                low = f"at least {value:g}"
            case Gt(gt=value):
                low = f"above {value:g}"
            case Le(le=value):
                high = f"at most {value:g}"
            case Lt(lt=value):
                high = f"below {value:g}"
    return ", ".join(part for part in (low, high) if part)


def wrong(cls: type[Settings], name: str, value: Any, expected: str = "") -> ValueError:
    """The error for a value that a setting can't have: what, expected, received, and an example."""
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
    """The first thing that pydantic found wrong, in the house's words and in one line."""
    found = error.errors(include_url=False)[0]
    if not found["loc"]:  # the class's own check of several settings together
        return str(found["ctx"]["error"])
    name = str(found["loc"][0])
    if found["type"] == "extra_forbidden":
        return f"Unknown {cls.whose} {name!r}. Expected one of: {', '.join(cls.model_fields)}."
    return str(wrong(cls, name, found["input"]))
