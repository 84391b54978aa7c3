"""Cuts what the tests use out of GitHub's descriptions, as npm's packages have them: `python -m support.excerpt`.

The packages have 400 MB, the excerpts 150 KB: so every test is held to them, also where there is no node.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from support.description import API, EVENT_NAMES, EVENTS, OPERATIONS, at

PACKAGES = Path(__file__).parents[2] / "node_modules" / "@octokit"
_API_SOURCE = PACKAGES / "openapi" / "generated" / "api.github.com.json"
_EVENTS_SOURCE = PACKAGES / "webhooks-schemas" / "schema.json"
_PROSE = {"description", "summary", "example", "examples", "externalDocs", "tags", "title", "x-github", "headers"}


def cut(source: Any, parts: Mapping[str, Any]) -> Any:
    """These parts of a description and everything that they refer to, without the prose."""
    result = {key: _without_prose(value) for key, value in parts.items()}
    todo = [result]
    while todo:
        for reference in list(_references(todo.pop())):
            *way, name = reference.removeprefix("#/").split("/")
            place = result
            for step in way:
                place = place.setdefault(step, {})
            if name not in place:
                place[name] = _without_prose(at(source, reference))
                todo.append(place[name])
    return result


def cut_api() -> Any:
    """The operations that are used, from the package's file."""
    source = json.loads(_API_SOURCE.read_bytes())
    paths: dict[str, dict[str, Any]] = {}
    for method, template in OPERATIONS:
        paths.setdefault(template, {})[method] = source["paths"][template][method]
    return cut(source, {"openapi": source["openapi"], "info": source["info"], "paths": paths})


def cut_events() -> Any:
    """The events that are used, from the package's file."""
    source = json.loads(_EVENTS_SOURCE.read_bytes())
    return cut(source, {"definitions": {name: source["definitions"][name] for name in EVENT_NAMES}})


def _without_prose(part: Any, *, names: bool = False) -> Any:
    if isinstance(part, list):
        return [_without_prose(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        key: _without_prose(value, names=key in {"properties", "definitions"})
        for key, value in part.items()
        if names or key not in _PROSE
    }


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for one in part:
            yield from _references(one)
    elif isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for one in part.values():
            yield from _references(one)


if __name__ == "__main__":
    for place, content in ((API, cut_api()), (EVENTS, cut_events())):
        place.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", "utf-8")
