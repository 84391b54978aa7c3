"""The JSON schemas that decide: the built-in one, and the repository's own where it differs.

The own one comes with a pull request, so it is held to bounds: its depth and its numbers, patterns that are
matched in linear time, references within itself alone, and to so many steps for one file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from offerctl import schemas
from offerctl.catalog.shown import shortened
from offerctl.errors import CatalogError
from offerctl.standards import BUILT_IN, Standards

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

    _Keyword = Callable[[Any, Any, Any, Any], Iterable[ValidationError] | None]

MAX_DEPTH = 32
"""Of objects and lists in a schema."""
MAX_DIGITS = 20
"""Characters of a number in a schema."""
MAX_OBJECTS = 2_000
"""In a schema, of which the built-in one has a dozen."""
MAX_REFERENCES = 100
"""That are followed for one file: some that lead to each other twice would never end."""
MAX_PATTERNS = 50
"""In a schema, of which the built-in one has four."""
MAX_WORK = 500_000
"""Steps for one file, of all patterns and other keywords together: what no patience would be left for after."""
_KEYWORD = 20
"""Steps of patterns that one look at a keyword costs."""
_MAX_REMEMBERED = 1_000
MAX_TEXT = 4_096
"""Characters of a value that patterns are looked for in; no attribute of an offering may have as many."""
_UNBOUNDED = ("patternProperties", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$recursiveRef")
"""Keywords that jsonschema evaluates in ways of its own, which cannot be bounded here."""


OFFERING = "offering.schema.json"
_STANDARD = "trainingStandardKey"


@dataclass(frozen=True)  # no slots: the validator is made once, when it is first needed
class Rules:
    """What every file must satisfy. `own` can only narrow: an `Offering` keeps its bounds all the same."""

    built_in: Mapping[str, Any]
    own: Mapping[str, Any] | None = None
    standards: Standards = BUILT_IN
    _followed: list[str] = field(default_factory=list, init=False, repr=False, compare=False)
    """References, while one file is looked at."""
    _work: list[int] = field(default_factory=lambda: [0], init=False, repr=False, compare=False)
    """The one number: steps, while one file is looked at."""
    _fits: dict[tuple[str, str], bool] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Which patterns fit which values: the proof of a fix reads a file again, and most of it is as it was."""

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
        named = {key: repr(standard) for key, standard in self.standards.by_key.items()}
        return json.dumps([self.built_in, self.own, named], sort_keys=True, default=str)

    @cached_property
    def validator(self) -> Validator:
        """Made once: it costs more than many files.

        Raises:
            CatalogError: the repository's own schema is no valid JSON schema.
        """
        # 110 ms to import, and files that are right under the built-in schema never come here.
        from jsonschema import Draft202012Validator, validators  # noqa: PLC0415 - see above
        from jsonschema.exceptions import SchemaError  # noqa: PLC0415 - see above
        from referencing import Registry  # noqa: PLC0415 - see above

        if self.own is None or not self.narrows:
            return Draft202012Validator(self.built_in, registry=Registry())
        _check_bounds(self.own)
        try:
            Draft202012Validator.check_schema(self.own)
        except SchemaError as error:
            place = shortened("/".join(str(part) for part in error.absolute_path) or "the top", 100)
            said = shortened(error.message, 300)
            raise CatalogError(f"the offering schema is not a valid JSON schema: {said} (at {place})") from None
        known = {**Draft202012Validator.VALIDATORS, "$ref": self._reference, "pattern": self._pattern}
        keywords = {name: self._counted(keyword) for name, keyword in known.items()}
        # An empty registry: a schema of a pull request fetches nothing from the network.
        bounded = validators.extend(Draft202012Validator, keywords)  # type: ignore[no-untyped-call]
        validator: Validator = bounded(self.own, registry=Registry())
        return validator

    def errors(self, values: Mapping[str, Any]) -> list[ValidationError]:
        """What the schema says against these values.

        Raises:
            CatalogError: the repository's own schema cannot be evaluated.
        """
        validator = self.validator
        self._followed.clear()
        self._work[0] = 0
        from referencing.exceptions import Unresolvable  # noqa: PLC0415 - imported with the validator already

        try:
            return list(validator.iter_errors(values))
        except (Unresolvable, RecursionError, ArithmeticError) as error:
            raise CatalogError(
                f"the offering schema cannot be evaluated ({type(error).__name__})",
                hint="Look at its numbers, and that each `$ref` leads to another place inside it.",
            ) from None

    def _reference(
        self, validator: Any, reference: str, instance: object, schema: object
    ) -> Iterator[ValidationError]:
        """`$ref`, counted.

        Raises:
            CatalogError: more than are followed for one file.
        """
        self._followed.append(reference)
        if len(self._followed) > MAX_REFERENCES:
            raise CatalogError(
                f"the offering schema follows more than {MAX_REFERENCES} references for one file; write it out"
            )
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - imported with the validator already

        yield from Draft202012Validator.VALIDATORS["$ref"](validator, reference, instance, schema)

    def _pattern(self, validator: Any, pattern: str, instance: Any, _schema: object) -> Iterator[ValidationError]:
        """`pattern`, in linear time. What is too long for any attribute is told so by the built-in schema."""
        from jsonschema.exceptions import ValidationError  # noqa: PLC0415 - imported with the validator already

        is_text = validator.is_type(instance, "string")
        if is_text and len(instance) <= MAX_TEXT and not self._is_fit(pattern, instance):
            yield ValidationError(f"{shortened(repr(instance))} does not match {pattern!r}")

    def _is_fit(self, pattern: str, text: str) -> bool:
        key = (pattern, text)
        if key not in self._fits:
            if len(self._fits) >= _MAX_REMEMBERED:
                self._fits.clear()
            from offerctl.catalog.patterns import compiled  # noqa: PLC0415 - only for a repository's own schema

            self._fits[key] = compiled(pattern).search(text, self._spend)
        return self._fits[key]

    def _counted(self, keyword: _Keyword) -> _Keyword:
        """The same keyword, at the price of a look and of all that it names or is shown."""

        def counted(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterable[ValidationError] | None:
            self._spend(_KEYWORD + sum(len(one) for one in (wanted, instance) if isinstance(one, dict | list)))
            return keyword(validator, wanted, instance, schema)

        return counted

    def _spend(self, steps: int) -> None:
        """Count what one file costs.

        Raises:
            CatalogError: more than any file may.
        """
        self._work[0] += steps
        if self._work[0] > MAX_WORK:
            raise CatalogError(
                f"the offering schema takes more than {MAX_WORK:,} steps for one file",
                hint="Its patterns are too many, or their repetitions too long.",
            )


def parse(data: bytes, name: str) -> Mapping[str, Any]:
    """A JSON schema; its numbers are decimals, as those of the files are.

    Raises:
        CatalogError: the bytes are no JSON object; `name` is the file's, for the message.
    """
    try:
        schema = json.loads(data, parse_float=_number(Decimal), parse_int=_number(int), parse_constant=_no_number)
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
    return (json.dumps(schema, indent=2) + "\n").encode()


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


def _number(kind: Callable[[str], Decimal | int]) -> Callable[[str], Decimal | int]:
    def number(text: str) -> Decimal | int:
        if len(text) > MAX_DIGITS:
            raise ValueError(f"a number has {len(text):,} characters, and may have at most {MAX_DIGITS}")
        return kind(text)

    return number


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _check_bounds(schema: Mapping[str, Any]) -> None:
    """Refuse what would cost more than the files themselves.

    Raises:
        CatalogError: too deep, too many objects, a keyword or a pattern that is not supported, a reference to
            somewhere else; with its place.
    """
    ahead: list[tuple[object, tuple[str, ...]]] = [(schema, ())]
    objects = patterns = 0
    while ahead:
        value, place = ahead.pop()
        if len(place) > MAX_DEPTH:
            raise CatalogError(f"the offering schema is nested more than {MAX_DEPTH} deep")
        if isinstance(value, list):
            ahead += ((item, (*place, str(number))) for number, item in enumerate(value))
        elif isinstance(value, dict):
            objects += 1
            patterns += "pattern" in value
            _check_keywords(value, place)
            ahead += ((item, (*place, key)) for key, item in value.items())
    if objects > MAX_OBJECTS:
        raise CatalogError(f"the offering schema has {objects:,} objects, and may have at most {MAX_OBJECTS:,}")
    if patterns > MAX_PATTERNS:
        raise CatalogError(f"the offering schema has {patterns:,} patterns, and may have at most {MAX_PATTERNS}")


def _check_keywords(schema: Mapping[str, Any], place: tuple[str, ...]) -> None:
    """Also of what is no schema but the names in one: no attribute of an offering is called like a keyword."""
    where = f"(at {shortened('/'.join(place), 100) or 'the top'})"
    for keyword in _UNBOUNDED:
        if keyword in schema:
            raise CatalogError(f"the offering schema may not use {keyword} {where}")
    reference, pattern = schema.get("$ref"), schema.get("pattern")
    if isinstance(reference, str) and not reference.startswith("#"):
        raise CatalogError(
            f"the offering schema refers to {shortened(reference, 100)} {where}: nothing is fetched",
            hint="Write it into the schema itself, and refer to it there: #/$defs/NAME.",
        )
    if isinstance(pattern, str):
        from offerctl.catalog.patterns import UnsupportedPattern, compiled  # noqa: PLC0415 - as above

        try:
            compiled(pattern)
        except UnsupportedPattern as error:
            raise CatalogError(
                f"the pattern {shortened(pattern, 100)} of the offering schema is not used: {error} {where}"
            ) from None
