"""GitHub's own description of its API and events: what it does not describe is neither asked nor answered here.

    operation = described("POST", "/repos/provider/listings/issues")
    operation.check_request("application/json", {}, {"title": "…", "body": "…"})
    answer = operation.answer(201, {"number": 7, "body": "…"})     # with all that GitHub answers at least
    payload = event("pull_request$opened", {"number": 7, "pull_request": {"head": {"sha": sha}}})

`described/` holds the part of npm's `@octokit/openapi` and `@octokit/webhooks-schemas` that is used here, without
its prose; a test holds it against the packages, and `python -m support.excerpt` cuts it again. Objects are
closed: a field that is not described is as wrong as one that is missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import FormatChecker
from jsonschema.exceptions import best_match
from jsonschema.protocols import Validator
from jsonschema.validators import Draft7Validator, Draft202012Validator

PLACE = Path(__file__).parent / "described"
API, EVENTS = PLACE / "api.github.com.json", PLACE / "webhooks.json"

REPO = "/repos/{owner}/{repo}"
OPERATIONS = (
    ("get", f"{REPO}/issues/{{issue_number}}/comments"),
    ("post", f"{REPO}/issues/{{issue_number}}/comments"),
    ("patch", f"{REPO}/issues/comments/{{comment_id}}"),
    ("get", f"{REPO}/commits/{{commit_sha}}/pulls"),
    ("get", f"{REPO}/pulls"),
    ("get", f"{REPO}/pulls/{{pull_number}}"),
    ("get", f"{REPO}/pulls/{{pull_number}}/comments"),
    ("post", f"{REPO}/pulls/{{pull_number}}/comments"),
    ("get", f"{REPO}/issues"),
    ("post", f"{REPO}/issues"),
    ("patch", f"{REPO}/issues/{{issue_number}}"),
    ("get", f"{REPO}/commits/{{ref}}/check-runs"),
    ("post", f"{REPO}/check-runs"),
)
EVENT_NAMES = (
    "pull_request$opened",
    "pull_request$synchronize",
    "push$event",
    "workflow_dispatch$event",
    "merge_group$checks_requested",
)
ANYWHERE = {
    401: "bad credentials",
    403: "a token that may not, what is locked, and limits",
    404: "what the token may not see",
    422: "what cannot be processed, such as a commit that is not there",
    429: "limits",
    500: "trouble",
    502: "trouble",
    503: "trouble",
    504: "trouble",
}
"""Answers that GitHub's documentation tells of all requests, and its description of some only."""
_ERROR = {"$ref": "#/components/schemas/basic-error"}
_MISSING: Any = object()


class Undescribed(AssertionError):
    """Something that GitHub's description does not know, or knows differently."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path."""

    name: str
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    bodies: Mapping[str, Any]
    answers: Mapping[str, Any]

    def check_request(self, content_type: str, query: Mapping[str, list[str]], body: Any) -> None:
        """Raises `Undescribed` if GitHub knows no such parameter, or no such body."""
        for key, values in query.items():
            if key not in self.query:
                raise Undescribed(f"{self.name} has no parameter {key!r}")
            schema = self.query[key]
            for value in values:
                _api().check(f"{self.name}?{key}=", schema, _number(schema, value))
        if not self.bodies:
            if body is not None:
                raise Undescribed(f"{self.name} takes no body")
            return
        if content_type not in self.bodies:
            raise Undescribed(f"{self.name} takes no {content_type!r}")
        _api().check(f"the body of {self.name}", self.bodies[content_type], body)

    def answer(self, status: int, content: Any) -> Any:
        """The answer with the least that GitHub adds to it. Raises `Undescribed` if it may not answer so."""
        if str(status) not in self.answers and status not in ANYWHERE:
            raise Undescribed(f"{self.name} is never answered {status}")
        schema = self.answers.get(str(status), _ERROR)
        whole = completed(_api().whole, schema, content)
        _api().check(f"the answer {status} to {self.name}", schema, whole)
        return whole


def described(method: str, path: str) -> Operation:
    """What this request asks for, by a path without its query. Raises `Undescribed` if it is nothing."""
    for verb, template in OPERATIONS:
        names = re.findall(r"{(\w+)}", template)
        found = re.fullmatch(re.sub(r"{\w+}", "([^/]+)", template), path)
        if verb == method.lower() and found:
            operation = _operation(verb, template)
            for name, value in zip(names, found.groups(), strict=True):
                schema = operation.path[name]
                _api().check(f"{{{name}}} of {operation.name}", schema, _number(schema, value))
            return operation
    raise Undescribed(f"{method} {path} is none of the requests in GitHub's description that are used here")


def event(name: str, given: Mapping[str, Any]) -> Any:
    """A webhook's payload with what GitHub adds at least. Raises `Undescribed` if it never sends such a one."""
    schema = _events().whole["definitions"][name]
    whole = completed(_events().whole, schema, given)
    _events().check(f"the payload of {name}", schema, whole)
    return whole


def completed(document: Any, schema: Any, given: Any = _MISSING) -> Any:
    """The value with every required field that it lacks: null where that may be, else the least of its type."""
    schema = _resolved(document, schema)
    for branch in schema.get("allOf", ()):
        given = completed(document, branch, given)
    alternatives = sorted(schema.get("anyOf", schema.get("oneOf", ())), key=lambda one: one != {"type": "null"})
    fitting = (one for one in alternatives if given is _MISSING or _is_of(given, _resolved(document, one)))
    if found := next(fitting, None):
        given = completed(document, found, given)
    if given is _MISSING:
        given = _least(schema)
    if isinstance(given, dict):
        fields = schema.get("properties", {})
        names = [*given, *(name for name in schema.get("required", ()) if name not in given)]
        return {name: completed(document, fields.get(name, {}), given.get(name, _MISSING)) for name in names}
    if isinstance(given, list):
        return [completed(document, schema.get("items", {}), item) for item in given]
    return given


_TYPES: Mapping[type, set[str]] = {
    type(None): {"null"},
    bool: {"boolean"},
    int: {"integer", "number"},
    float: {"number"},
    str: {"string"},
    list: {"array"},
    dict: {"object"},
}


def _kinds(schema: Any) -> list[str]:
    kinds = schema.get("type", "object" if "properties" in schema else "null")
    return [kinds] if isinstance(kinds, str) else kinds


def _is_of(value: Any, schema: Any) -> bool:
    return not _TYPES[type(value)].isdisjoint(_kinds(schema))


def _least(schema: Any) -> Any:
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return None if None in schema["enum"] else schema["enum"][0]
    kinds = _kinds(schema)
    kind = "null" if "null" in kinds else kinds[0]
    texts = {"uri": "https://github.example/", "date-time": "2026-09-02T14:00:00Z", "email": "a@github.example"}
    least: dict[str, Any] = {"null": None, "boolean": False, "integer": 0, "number": 0, "array": [], "object": {}}
    return texts.get(schema.get("format", ""), "") if kind == "string" else least[kind]


# Checking


def _number(schema: Any, value: str) -> int | str:
    """A value of an address, which has texts only, as its type is described."""
    return int(value) if schema.get("type") == "integer" and value.isdecimal() else value


@dataclass(frozen=True, slots=True)
class _Document:
    """A description as it was read, and the validators of its parts."""

    whole: Any
    kind: Callable[..., Validator]
    validators: dict[int, tuple[Any, Validator]]

    def check(self, what: str, schema: Any, value: Any) -> None:
        """Raises `Undescribed`, with the error that says most."""
        if id(schema) not in self.validators:
            beside = {key: self.whole[key] for key in ("components", "definitions") if key in self.whole}
            self.validators[id(schema)] = schema, self.kind({**schema, **beside}, format_checker=_FORMATS)
        error = best_match(self.validators[id(schema)][1].iter_errors(value))
        if error is not None:
            raise Undescribed(f"{what}: {error.json_path}: {error.message[:300]}")


_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@_FORMATS.checks("uri")
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


@cache
def _api() -> _Document:
    return _Document(_as_json_schema(json.loads(API.read_bytes())), Draft202012Validator, {})


@cache
def _events() -> _Document:
    return _Document(json.loads(EVENTS.read_bytes()), Draft7Validator, {})


@cache
def _operation(method: str, template: str) -> Operation:
    path = _api().whole["paths"][template]
    found = path[method]
    parameters = [_resolved(_api().whole, one) for one in (*path.get("parameters", ()), *found["parameters"])]
    answers = {status: _resolved(_api().whole, answer) for status, answer in found["responses"].items()}
    return Operation(
        name=f"{method.upper()} {template}",
        path={one["name"]: one["schema"] for one in parameters if one["in"] == "path"},
        query={one["name"]: one["schema"] for one in parameters if one["in"] == "query"},
        bodies={kind: one["schema"] for kind, one in found.get("requestBody", {}).get("content", {}).items()},
        answers={
            status: answer["content"]["application/json"]["schema"]
            for status, answer in answers.items()
            if "content" in answer
        },
    )


def _as_json_schema(part: Any, *, closed: bool = True) -> Any:
    """OpenAPI 3.0 writes `nullable`; and objects have the fields that they name, and no others."""
    if isinstance(part, list):
        return [_as_json_schema(one, closed=closed) for one in part]
    if not isinstance(part, dict):
        return part
    whole = {key: _as_json_schema(value, closed=key != "allOf") for key, value in part.items()}
    if closed and isinstance(whole.get("properties"), dict) and whole.get("type", "object") == "object":
        whole.setdefault("additionalProperties", False)
    if whole.pop("nullable", None) is True:
        return {"anyOf": [{"type": "null"}, whole]}
    return whole


def _resolved(document: Any, part: Any) -> Any:
    while "$ref" in part:
        part = at(document, part["$ref"])
    return part


def at(document: Any, reference: str) -> Any:
    """The part that a reference of the document names."""
    for step in reference.removeprefix("#/").split("/"):
        document = document[step]
    return document
