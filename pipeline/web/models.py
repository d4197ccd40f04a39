"""All tables, as Django looks for them. Rows are named outside by their ``uuid``; ``owned`` tells whose."""

from pipeline.web.tables.accounts import Account, AccountManager, LoginAttempt, Session, Site
from pipeline.web.tables.people import (
    Embedding,
    Face,
    Grouping,
    GroupingRow,
    KeptNeighbours,
    Library,
    PairVerdict,
    Person,
    Verdict,
)
from pipeline.web.tables.photos import Batch, Comment, Item, Photo
from pipeline.web.tables.work import Edit, Event, Heartbeat, Job, Share
