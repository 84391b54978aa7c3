"""The JSON schemas that decide: the built-in one, and the repository's own where it differs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from offerctl import schemas
from offerctl.errors import CatalogError
from offerctl.standards import BUILT_IN, Standards

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator


OFFERING = "offering.schema.json"
_STANDARD = "trainingStandardKey"


@dataclass(frozen=True)  # no slots: the validator is made once, when it is first needed
class Rules:
    """What every file must satisfy. `own` can only narrow: an `Offering` keeps its bounds all the same."""

    built_in: Mapping[str, Any]
    own: Mapping[str, Any] | None = None
    standards: Standards = BUILT_IN

    @cached_property
    def narrows(self) -> bool:
        """Whether the repository's schema says anything that the built-in one does not.

        One that offerctl wrote before further standards were configured says nothing of its own: a line of
        configuration is enough for these, and `offerctl schema` is for editors.
        """
        if self.own is None or self.own == self.built_in:
            return False
        keys, rest = _parted(self.own)
        return rest != _parted(self.built_in)[1] or not set(BUILT_IN) <= keys

    @cached_property
    def identity(self) -> str:
        """Equal for rules that are equal."""
        return json.dumps([self.built_in, self.own], sort_keys=True, default=str)

    @cached_property
    def validator(self) -> Validator:
        """Made once: it costs more than many files.

        Raises:
            CatalogError: the repository's own schema is no valid JSON schema.
        """
        # 110 ms to import, and files that are right under the built-in schema never come here.
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - see above
        from jsonschema.exceptions import SchemaError  # noqa: PLC0415 - see above
        from referencing import Registry  # noqa: PLC0415 - see above

        schema = self.own if self.own is not None and self.narrows else self.built_in
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            place = "/".join(str(part) for part in error.absolute_path) or "the top"
            message = f"the offering schema is not a valid JSON schema: {error.message} (at {place})"
            raise CatalogError(message) from None
        # An empty registry: a schema of a pull request fetches nothing from the network.
        return Draft202012Validator(schema, registry=Registry())

    def errors(self, values: Mapping[str, Any]) -> list[ValidationError]:
        """What the schema says against these values.

        Raises:
            CatalogError: the repository's own schema cannot be evaluated.
        """
        validator = self.validator
        from referencing.exceptions import Unresolvable  # noqa: PLC0415 - imported with the validator already

        try:
            return list(validator.iter_errors(values))
        except (Unresolvable, RecursionError, re.error) as error:
            raise CatalogError(
                f"the offering schema cannot be evaluated ({type(error).__name__})",
                hint="Look at its patterns, and that each `$ref` leads to another place inside it.",
            ) from None


def parse(data: bytes, name: str) -> Mapping[str, Any]:
    """A JSON schema; its numbers are decimals, as those of the files are.

    Raises:
        CatalogError: the bytes are no JSON object; `name` is the file's, for the message.
    """
    try:
        schema = json.loads(data, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise CatalogError(f"{name} is not JSON: {error}") from None
    if not isinstance(schema, dict):
        raise CatalogError(f"{name} must hold one JSON object")
    return schema


def offering_schema(standards: Standards) -> bytes:
    """The schema of offering files with these standard courses: what editors use, and what decides."""
    shipped = schemas.read(OFFERING)
    if standards == BUILT_IN:
        return shipped
    schema = json.loads(shipped)
    about = schema["properties"][_STANDARD]
    names = {standard.key: standard.name for standard in standards.by_key.values()}
    built_in = " ".join(_sentence(standard.key, standard.name) for standard in BUILT_IN.by_key.values())
    described = " ".join(_sentence(key, name) for key, name in names.items())
    about["description"] = about["description"].replace(built_in, described)
    about["enum"] = list(names)
    return (json.dumps(schema, indent=2, ensure_ascii=False) + "\n").encode()


def _parted(schema: Mapping[str, Any]) -> tuple[set[str], Mapping[str, Any]]:
    """The standard courses that a schema names, and the schema without them."""
    properties = schema.get("properties")
    about = properties.get(_STANDARD) if isinstance(properties, dict) else None
    if not isinstance(about, dict) or not isinstance(about.get("enum"), list):
        return set(), schema
    keys = {key for key in about["enum"] if isinstance(key, str)}
    rest = {name: value for name, value in about.items() if name not in {"enum", "description"}}
    return keys, {**schema, "properties": {**schema["properties"], _STANDARD: rest}}


def _sentence(key: str, name: str) -> str:
    return f"{key}: {name}."
