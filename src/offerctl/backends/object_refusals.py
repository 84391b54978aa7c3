"""What the errors of a bucket's server mean for a state, in words of ours.

By the status and the code of the answer: an error's own text may name a request with its signature, or come from a
server that means harm, so nothing else of it is passed on.
"""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

from offerctl.backends.places import Bucket
from offerctl.backends.variables import addresses, missing_token
from offerctl.errors import StateUnavailable

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>([A-Za-z]{1,40})</Code>")
"""The cloud's own word for what is wrong; no other word of an answer is passed on."""
_NO_BUCKET = frozenset({"NoSuchBucket", "ContainerNotFound"})
_OF_SESSIONS = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestTimeTooSkewed"})
_OF_REGIONS = frozenset({"PermanentRedirect", "AuthorizationHeaderMalformed", "TemporaryRedirect"})
_DENIED = "(code: AccessDenied)"
"""Of one object, in an answer about several, as a deletion is asked for."""


def refusal(place: Bucket, done: str, error: Exception) -> StateUnavailable:
    """What went wrong, by the status and the code of the answer; the error's own words are none of it."""
    text = str(error)
    status = found[1] if (found := _STATUS.search(text)) else None
    code = found[1] if (found := _CODE.search(text)) else ""
    why = f"{_server(place)} could not be reached, or there are no credentials for it"
    hint = f"Look at that address. {place.credentials}"
    if code in _NO_BUCKET or (not code and isinstance(error, FileNotFoundError)):
        why = f"there is no {place.what} {place.name} at {_server(place)}"
        hint = "Look at that address first. Then make it, for this alone; offerctl makes none."
    elif code in _OF_REGIONS:
        why, hint = f"the {place.what} is in another region ({code})", "Name it: AWS_REGION."
    elif code in _OF_SESSIONS:
        why = f"the credentials have expired, or this machine's clock is wrong ({code})"
        hint = place.credentials
    elif status in {"401", "403"} or isinstance(error, PermissionError) or _DENIED in text:
        why, hint = "access was denied", place.credentials
    elif status:
        why = f"the server at {_server(place)} answered {status}"
        hint = place.credentials if status == "400" else "Look at that address, then try again."
    elif token := missing_token(place.scheme, os.environ):
        why, hint = f"there is no token in the file that {token} names", place.credentials
    return StateUnavailable(f"the state at {place.shown} cannot be {done}: {why}", hint=hint)


def _server(place: Bucket) -> str:
    """Whom the requests go to, and what says so; a path may hold an account's name."""
    said = {"endpoint": place.endpoint} if place.endpoint else addresses(place.shown, os.environ)
    hosts = [f"{urlsplit(address).netloc.rpartition('@')[2]} ({name})" for name, address in said.items()]
    return hosts[0] if hosts else "the cloud itself"
