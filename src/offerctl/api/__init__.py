"""The Online Offering API without I/O: offerings into requests, answers into outcomes.

`dialect` is everything that the API's documentation does not say and that is therefore a setting, `request` the
three calls, `answer` what their answers mean. Source: `.github/API.md`, where each line names its own.
"""

from offerctl.api.answer import (
    MAX_CODE,
    MAX_MESSAGE,
    Kind,
    Outcome,
    not_sent,
    outcome,
    read_retry_after,
    tidy,
    unsure,
    withheld,
)
from offerctl.api.body import Reply
from offerctl.api.dialect import DEFAULT, Auth, Dialect, Header, KeyPlaces, Place, Signs
from offerctl.api.request import Action, Request, add, content, delete, patch, query, target

__all__ = [
    "DEFAULT",
    "MAX_CODE",
    "MAX_MESSAGE",
    "Action",
    "Auth",
    "Dialect",
    "Header",
    "KeyPlaces",
    "Kind",
    "Outcome",
    "Place",
    "Reply",
    "Request",
    "Signs",
    "add",
    "content",
    "delete",
    "not_sent",
    "outcome",
    "patch",
    "query",
    "read_retry_after",
    "target",
    "tidy",
    "unsure",
    "withheld",
]
