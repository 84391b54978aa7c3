"""The JSON schemas that decide: the built-in one, and the repository's own where it differs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from offerctl.errors import CatalogError

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator


@dataclass(frozen=True)  # no slots: the validator is made once, when it is first needed
class Rules:
    """What every file must satisfy. `own` can only narrow: an `Offering` keeps its bounds all the same."""

    built_in: Mapping[str, Any]
    own: Mapping[str, Any] | None = None

    @cached_property
    def narrows(self) -> bool:
        """Whether the repository's schema says anything that the built-in one does not."""
        return self.own is not None and self.own != self.built_in

    @cached_property
    def identity(self) -> str:
        """Equal for schemas that are equal."""
        return json.dumps(self.built_in if self.own is None else self.own, sort_keys=True, default=str)

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

        schema = self.built_in if self.own is None else self.own
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
