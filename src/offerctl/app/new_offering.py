"""What `offerctl new` does: one offering file, to be filled in."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from offerctl import catalog, disk
from offerctl.app.known_ids import known_ids
from offerctl.app.session import Session
from offerctl.catalog.json_schema import offering_schema
from offerctl.catalog.scalars import quoted, resolve
from offerctl.config import Config
from offerctl.errors import Exit, InvalidOffering, UsageError
from offerctl.offering import check_id
from offerctl.standards import Standards

_ENDING = re.compile(r"(?:\.ya?ml)+$", re.IGNORECASE)
"""Whoever names the file means the id in it."""


def new_offering(session: Session, env: str | None, offering_id: str) -> Exit:
    """Write the file of a new offering. Its values are left empty, so that nothing can be listed by mistake.

    Raises:
        UsageError: it can be no offeringId, or a file has it already.
    """
    config = session.config.of_environment(env)
    offering_id = _ENDING.sub("", offering_id)
    try:
        check_id(offering_id)
    except InvalidOffering as error:
        raise UsageError(error.message) from None
    _check_unused(config, offering_id)
    path = config.offerings / f"{offering_id}.yaml"
    shown = os.path.relpath(path, session.directory)
    folder = disk.Folder(config.offerings, below=config.root)
    folder.make(private=False)
    text = _text(offering_id, os.path.relpath(config.schema, config.offerings), config.standards)
    try:
        folder.create(path.name, text.encode())
    except FileExistsError:
        raise UsageError(f"{shown} exists already, and was left as it is") from None
    session.console.out(f"Wrote {shown}. Fill it in, then: offerctl validate")
    return Exit.OK


def free_id(session: Session, env: str | None) -> str:
    """An id that no file and no listing known here has: the next number after the last one that ends in one.

    Raises:
        OfferctlError: the configuration cannot be used.
    """
    taken = known_ids(session, env)
    numbered = [found for id_ in sorted(taken) if (found := re.fullmatch(r"(.*?)(\d{1,9})", id_))]
    stem, number = numbered[-1].groups() if numbered else ("jhsc-en-", "00")
    following = (f"{stem}{int(number) + step:0{len(number)}}" for step in count(1))
    return next(id_ for id_ in following if id_ not in taken)


def _check_unused(config: Config, offering_id: str) -> None:
    """Refuse an id that a file has already, in capitals or not, whatever that file is called.

    Files with errors tell none.

    Raises:
        UsageError: it is taken, with the file.
    """
    if not config.offerings.is_dir():
        return
    schema = catalog.read_schema(config.schema, repo_root=config.root)
    found = catalog.load(
        config.offerings,
        schema=schema,
        silence=config.silence,
        standards=config.standards,
        repo_root=config.root,
    )
    if taken := found.desired.get(offering_id):
        raise UsageError(f"{taken.file} has the offeringId {offering_id} already; ids are never used twice")
    for id_, other in found.desired.items():
        if id_.casefold() == offering_id.casefold():
            raise UsageError(
                f"{other.file} has the offeringId {id_}, and ids that differ by capital letters alone are one "
                "for many systems"
            )


def _text(offering_id: str, schema: str, standards: Standards) -> str:
    heading = f"# yaml-language-server: $schema={Path(schema).as_posix()}"
    return "\n".join([heading, *_lines(offering_id, standards), ""])


def _lines(offering_id: str, standards: Standards) -> Iterator[str]:
    """One attribute after the other, each below what the schema says of it."""
    described: Mapping[str, Any] = json.loads(offering_schema(standards))
    for name in described["required"]:
        if name == "offeringId":
            yield f"{name}: {offering_id if resolve(offering_id) == offering_id else quoted(offering_id)}"
        else:
            yield from ("", f"# {_comment(described['properties'][name])}", f"{name}:")


def _comment(attribute: Mapping[str, Any]) -> str:
    title = attribute["title"]
    if "enum" in attribute:
        return f"{title}: {' or '.join(attribute['enum'])}"
    example = attribute["examples"][0]
    return f"{title}, such as {example if isinstance(example, str) else f'{example:g}'}"
