"""The Online Offering API without I/O: offerings into requests, answers into outcomes.

`dialect` is everything that the API's documentation does not say and that is therefore a setting, `request` the
three calls, `answer` what their answers mean. Source: `.github/API.md`, where each line names its own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from offerctl.api.dialect import DEFAULT, Auth, Dialect, Header, KeyPlaces, Place, Signs

if TYPE_CHECKING:
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

_LATER = {
    "answer": [
        "MAX_CODE",
        "MAX_MESSAGE",
        "Kind",
        "Outcome",
        "not_sent",
        "outcome",
        "read_retry_after",
        "tidy",
        "unsure",
        "withheld",
    ],
    "body": ["Reply"],
    "request": ["Action", "Request", "add", "content", "delete", "patch", "query", "target"],
}


def __getattr__(name: str) -> Any:
    """What speaks with a Marketplace, when it is first asked for: a plan needs the dialect alone."""
    for module, names in _LATER.items():
        if name in names:
            value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
