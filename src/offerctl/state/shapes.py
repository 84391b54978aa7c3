"""The shapes in which offerctl writes what a state document has many of: ordinary entries, changes of a receipt.

What has one of them is JSON, holds no key twice, and would be written again as it is. No text in it has an escape,
so it is written alike in documents and in what is digested. Whatever has another shape is no worse, and is read;
so is what is short, as to compile a shape takes longer.
"""

from __future__ import annotations

import re
from functools import cache

LONG = 50_000
"""Bytes of entries, or of changes, that are read as values in the time in which a shape is compiled: 1 ms."""
_TEXT = r'"[^"\\\x00-\x1f]*"'
_ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_NUMBER = r"(?:0|[1-9][0-9]{0,14})(?:\.(?:[0-9]{0,3}[1-9]|0))?"


@cache
def ordinary() -> re.Pattern[bytes]:
    """The entry of a live listing that a run confirmed, and whose file was read: nearly every one."""
    body = _body(url=f"(?P<url>{_TEXT})", id_="(?P=id)", key=f"(?P<key>{_TEXT})")
    attempt = rf'\{{"at":{_TEXT},"intent":{_TEXT},"run":(?P<run>{_TEXT})\}}'
    confirmed = (
        rf'\{{"at":(?P<at>{_TEXT}),(?:"by_hand":true,)?"commit":{_or_null(_TEXT)},"file":{_or_null(_TEXT)},'
        rf'"run":{_TEXT}\}}'
    )
    lines = (
        rf'"(?P<id>{_ID})": \{{',
        rf'      "body": (?P<body>{body}),',
        r'      "key": (?P=key),',
        rf'      "last_attempt": {_or_null(attempt)},',
        rf'      "last_confirmed": {confirmed},',
        r'      "protect": (?P<protect>true|false),',
        rf'      "quiet_until": {_or_null(_TEXT)},',
        rf'      "read_as": \{{"digest":(?P<digest>{_TEXT}),"file":(?P<file>{_TEXT})\}},',
        r'      "status": "live"',
        r"    \}",
    )
    return re.compile("\n".join(lines).encode())


@cache
def entry() -> re.Pattern[bytes]:
    """Any entry: its id, and its lines."""
    return re.compile(rf'"({_ID})": (\{{\n(?:      [^\n]+\n)+    \}})'.encode())


@cache
def change() -> re.Pattern[bytes]:
    """A change of a receipt, in its line."""
    body = _or_null(_body(url=_TEXT, id_=_ID, key=_TEXT))
    return re.compile(rf'\{{"from":{body},"id":"{_ID}","intent":{_TEXT},"outcome":{_TEXT},"to":{body}\}}'.encode())


def _body(*, url: str, id_: str, key: str) -> str:
    return (
        rf'\{{"courseDuration":{_NUMBER},"courseName":{_TEXT},"externalRegistrationUrl":{url},'
        rf'"offeringId":"{id_}","price":{_NUMBER},"trainingStandardKey":{key}\}}'
    )


def _or_null(shape: str) -> str:
    return f"(?:null|{shape})"
