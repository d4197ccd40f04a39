"""What requests bring: the bodies of changes, checked before anything is done."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from pipeline.web.api.keys import Text

MANY = 20_000  # faces of one change
Faces = Annotated[list[UUID], Field(min_length=1, max_length=MANY)]
People = Annotated[list[UUID], Field(min_length=1, max_length=1000)]
Name = Annotated[Text, Field(max_length=200)]
Pixel = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]


class Body(BaseModel):
    """A body; what it does not know is refused, so that a misspelt field is no change left out."""

    model_config = ConfigDict(extra="forbid")


class PersonPatch(Body):
    """What to change of a person."""

    name: Name | None = None
    hidden: bool | None = None
    favourite: bool | None = None
    cover: UUID | None = None


class PeoplePatch(Body):
    """What to change of several people."""

    people: People
    name: Name | None = None
    hidden: bool | None = None
    favourite: bool | None = None


class Merge(Body):
    """People to put together, and into which."""

    people: People
    into: UUID | None = None


class Move(Body):
    """Faces to move to a person, or to the one of a name."""

    faces: Faces
    person: UUID | None = None
    name: Name | None = None


class Reject(Body):
    """Faces that are not a person's."""

    faces: Faces
    person: UUID


class FaceState(Body):
    """Faces to show, or to hide."""

    faces: Faces
    state: Literal["shown", "ignored", "not_a_face"]


class Confirm(Body):
    """Faces that are with the right people."""

    faces: Faces


class Drawn(Body):
    """A box drawn by hand: left, top, width, height in pixels of the upright photo."""

    box: Annotated[list[Pixel], Field(min_length=4, max_length=4)]
    person: UUID | None = None
    name: Name | None = None


class PairAnswer(Body):
    """Whether two faces are one person's; null skips the question."""

    first: UUID
    second: UUID
    same: bool | None


class GroupAgain(Body):
    """How to group anew; what is left out is as the library has it."""

    clusterer: Annotated[Text, Field(min_length=1, max_length=40)]
    distance: Annotated[float, Field(gt=0, le=2, allow_inf_nan=False)] | None = None
    space: Annotated[Text, Field(max_length=200)] | None = None


class Chosen(Body):
    """The changes of a grouping to apply, by their places; all without them."""

    changes: Annotated[list[Annotated[int, Field(ge=0, le=10**6)]], Field(max_length=MANY)] | None = None


class SplitAsked(Body):
    """Into how many parts a person is to be split; as many as are found without it."""

    parts: Annotated[int, Field(ge=2, le=6)] | None = None


class Column(Body):
    """Faces of one column, and whose they are to be."""

    faces: Annotated[list[UUID], Field(max_length=MANY)]
    person: UUID | None = None
    name: Name | None = None


class SplitApplied(Body):
    """The columns of a split; the first keeps the person."""

    columns: Annotated[list[Column], Field(min_length=2, max_length=6)]


class Written(Body):
    """A comment."""

    text: Annotated[Text, Field(min_length=1, max_length=2000)]


class Shared(Body):
    """What to share, a person or a photo, with whom, and whether they may comment."""

    account: Annotated[Text, Field(min_length=1, max_length=80)]
    person: UUID | None = None
    photo: UUID | None = None
    may_comment: bool = False
