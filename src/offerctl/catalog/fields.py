"""What is wrong with the value of one field, in its author's words, and what to write where that is certain."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from offerctl.catalog.addresses import address_error
from offerctl.catalog.codes import Code
from offerctl.catalog.looks import as_latin, look_alike, within_quotes
from offerctl.catalog.nearest import (
    EXAMPLES,
    NUMBERS,
    PROTECT,
    STANDARD,
    fold,
    nearest,
    nearest_standard,
    same_standard,
)
from offerctl.catalog.placeholders import A_PLACEHOLDER, placeholder
from offerctl.catalog.problem import FieldError
from offerctl.catalog.scalars import (
    OddNumber,
    clock_parts,
    hours_of_clock,
    hours_of_ticks,
    is_ticked,
    plain_number,
    quoted,
    resolve,
    two_readings,
)
from offerctl.catalog.shown import refusal, shortened, spelled
from offerctl.characters import first_unfit, is_blank
from offerctl.errors import InvalidOffering
from offerctl.offering import ID_PATTERN, MAX_NAME, MAX_NUMBER, check_id
from offerctl.standards import Standards

_PROTECTED = {
    **dict.fromkeys(("true", "yes", "on", "y", "oui", "vrai"), "true"),
    **dict.fromkeys(("false", "no", "off", "n", "non", "faux"), "false"),
}
_PERHAPS = {"1": "true", "x": "true", "o": "true", "0": "false"}
_MAX_ID = 64
_LOST = "\ufffd"
_CURRENCY = re.compile(r"(?i)US\s*\$|\$\s*US|[0-9]\s*US\b|USD|\u20ac|EUR|\u00a3|GBP")
_FREE = frozenset({"free", "gratuit", "gratis", "nocharge", "sansfrais", "none", "aucun", "nil"})
_IN_MINUTES = re.compile(r"([0-9]{1,5})\s*m\.?", re.IGNORECASE)
_ONE_DIGIT = re.compile(r"[0-9]{1,4}\s*h\s*[0-9]", re.IGNORECASE)
_CENTS_BEHIND = re.compile(r"([0-9]{1,6})\s*\$\s*([0-9]{2})")
_CANADIAN = re.compile(r"([0-9]{1,6})(?:[.,]([0-9]{2}))?\s*(?:CDN|CAN|CA|C)\.?", re.IGNORECASE)
_REMARK = re.compile(r"\s+//.*$")


def field_error(field: str, value: object, text: str, standards: Standards) -> FieldError | None:
    """What is wrong with a field's value, written as `text` (its quotes aside); none where it is right."""
    if value is None:
        return FieldError(Code.MISSING_FIELD, f"`{field}` has no value", for_example(field))
    if isinstance(value, Mapping | list):
        return _several(field, value, standards)
    if _LOST in text:
        return _lost(field, text)
    if field in NUMBERS:
        return number_error(field, value, text)
    if field == PROTECT:
        return _protect_error(value, text)
    wrong = _standard_error(value if isinstance(value, str) else text, standards) if field == STANDARD else None
    return wrong or _text_error(field, value, text)


def for_example(field: str) -> str:
    """A hint that shows the field with a value."""
    return f"for example `{field}: {EXAMPLES[field]}`"


def wrongly_short(field: str, text: str, standards: Standards) -> str | None:
    """The value that a comment in its place was: `price: #199`."""
    bare = text.lstrip("#").strip()
    typed = resolve(bare) if bare else None
    if bare and field != "courseName" and field_error(field, typed, bare, standards) is None:
        return bare
    return plain_number(bare) if field in NUMBERS else None


def _several(field: str, value: Mapping[str, object] | list[object], standards: Standards) -> FieldError:
    """A list of the one value is that value."""
    kind = "a list" if isinstance(value, list) else "further levels"
    message = f"`{field}` must be one value, without {kind}"
    only = value[0] if isinstance(value, list) and len(value) == 1 else None
    if field != "courseName" and isinstance(only, str | Decimal):
        text = str(only)
        if resolve(text) == only and field_error(field, only, text, standards) is None:
            return FieldError(Code.SHAPE, message, f"write {shortened(text, 80)}", text)
    in_quotes = "put the whole value in quotes, or take the brackets out"
    return FieldError(Code.SHAPE, message, in_quotes if only and field == "courseName" else for_example(field))


def _lost(field: str, text: str) -> FieldError:
    first = text.index(_LOST)
    message = f"letters of `{field}` were lost when the text was saved (U+FFFD stands in their place)"
    end = len(text) - len(text[first:].lstrip(_LOST))
    return FieldError(Code.LOST_LETTERS, message, "type them again", None, (first, end))


def _of_cents(field: str, text: str) -> str | None:
    """The dollars of `75 cents`: a hint, and no fix."""
    found = re.fullmatch(r"(?i)([1-9][0-9]{0,6})\s*(?:\u00a2|cents?)", text.strip()) if field == "price" else None
    return f"if cents are meant, write {int(found[1]) // 100}.{int(found[1]) % 100:02}" if found else None


def number_error(field: str, value: object, text: str) -> FieldError | None:
    """What is wrong with a price or a number of hours; none where it is right."""
    is_hours = field == "courseDuration"
    both = two_readings(text, hours=is_hours)
    if isinstance(value, Decimal) and (is_hours or both is None or text[-1:] != "0"):
        found = _out_of_bounds(field, value)
        if found and both and not is_hours:
            return found._replace(hint=f"write dollars and cents; if thousands are meant, {both[1]}")
        return found
    if both is not None:  # a price has no three decimals: 1.290 may be meant as a thousand and more
        message = f"{shortened(text)} can be {both[0]} or {both[1]}, and {_plain_number_wanted(field)}"
        return FieldError(Code.NUMBER, message, "write the one that is meant")
    meant = plain_number(text, hours=is_hours)
    if meant is not None and _out_of_bounds(field, Decimal(meant)) is not None:
        meant = None
    hint = f"write {meant}" if meant else _of_cents(field, text) or _why(field, value, text)
    return FieldError(Code.NUMBER, _plain_number_wanted(field), hint, meant)


def _out_of_bounds(field: str, value: Decimal) -> FieldError | None:
    if value < 0:
        return FieldError(Code.NUMBER, _plain_number_wanted(field), "it cannot be negative")
    if value == 0 and field == "courseDuration":
        return FieldError(Code.VALUE, f"{field} must be more than 0", "the duration is in hours")
    if value >= MAX_NUMBER:
        return FieldError(Code.VALUE, f"{field} must be less than {MAX_NUMBER:,}")
    if value != round(value, 2):
        return FieldError(Code.VALUE, f"{field} has more than 2 decimals", for_example(field))
    return None


def _plain_number_wanted(field: str) -> str:
    unit = "hours" if field == "courseDuration" else "dollars"
    return f"{field} must be a plain number of {unit} such as {EXAMPLES[field]}"


def _why(field: str, value: object, text: str) -> str | None:
    """What can be said of what is no number."""
    if isinstance(value, OddNumber) and text.strip("-").replace(".", "", 1).isdigit():
        return "it has too many digits"
    if field == "courseDuration":
        return _why_no_hours(text)
    if known := _why_no_price(text):
        return known
    without = _REMARK.sub("", text)
    return "a comment starts with #, not with //" if without != text else None


def _why_no_hours(text: str) -> str | None:
    if is_ticked(text):
        hours = hours_of_ticks(text)
        return f"if minutes are meant, write {hours}" if hours else "write the number of hours alone"
    clock = hours_of_clock(text)
    if clock is None and (found := clock_parts(text)):
        return f"hours are a plain number: {found[0]} h {found[1]:02} is about {found[2]}"
    if _ONE_DIGIT.fullmatch(text.strip()):
        return "write the number of hours: 13 h 30 is 13.5, and 13 h 03 about 13.05"
    if minutes := _IN_MINUTES.fullmatch(text.strip()):
        hours = plain_number(f"{minutes[1]} min", hours=True)
        return f"if minutes are meant, write {hours}" if hours else "write the number of hours"
    return f"hours are a plain number: write {clock}" if clock else None


def _why_no_price(text: str) -> str | None:
    if _CURRENCY.search(text):
        return "prices are in Canadian dollars"
    if fold(text) in _FREE:
        return "for a course that costs nothing write 0"
    found = _CENTS_BEHIND.fullmatch(text.strip()) or _CANADIAN.fullmatch(text.strip())
    return f"write {found[1]}.{found[2] or '00'}" if found else None


def _protect_error(value: object, text: str) -> FieldError | None:
    if isinstance(value, bool):
        return None
    meant = _PROTECTED.get(fold(text))
    perhaps = meant or _PERHAPS.get(fold(text)) or nearest(fold(text), {"true": "true", "false": "false"}, 2)
    hint = f"write {perhaps}" if perhaps else None
    return FieldError(Code.VALUE, "protect must be true or false", hint, meant)


def _text_error(field: str, value: object, text: str) -> FieldError | None:
    return _TEXTS[field](value) if isinstance(value, str) else _not_text(field, value, text)


def _not_text(field: str, value: object, text: str) -> FieldError:
    what = "true or false" if isinstance(value, bool) else "a number"
    quotes = quoted(text)
    message = f"`{field}` must be text, and {shortened(text)} is read as {what}; put it in quotes"
    if field == "externalRegistrationUrl":
        return FieldError(Code.TEXT, f"`{field}` must be a whole address", for_example(field))
    return FieldError(Code.TEXT, message, f"write {shortened(quotes)}", quotes)


def _id_error(value: str) -> FieldError | None:
    try:
        check_id(value)
    except InvalidOffering as error:
        return _id_amiss(value) or _id_of_other_signs(value, error.message)
    return None


def _id_amiss(value: str) -> FieldError | None:
    """What is wrong with all of an id, whatever its signs."""
    bare = value.strip()
    if found := placeholder(value, "offeringId"):
        message = f"a placeholder was left here: {shortened(found)}"
        return FieldError(Code.PLACEHOLDER, message, "write the id itself")
    if bare != value and ID_PATTERN.fullmatch(bare):
        return _blanks(bare)
    if len(bare) <= _MAX_ID:
        return None
    message = f"`offeringId` has {len(bare)} characters; at most {_MAX_ID} are possible"
    return FieldError(Code.VALUE, message, "write a shorter one")


def _id_of_other_signs(value: str, message: str) -> FieldError:
    bare = value.strip()
    meant = as_latin(within_quotes(bare) or bare.rstrip(",;"))
    right = meant if ID_PATTERN.fullmatch(meant) and isinstance(resolve(meant), str) else None
    if alike := look_alike(value):
        return _look_alike("offeringId", alike, right)
    wrong = next((c for c in bare if not (c.isascii() and (c.isalnum() or c in "._-"))), None)
    if right:
        return FieldError(Code.VALUE, _part(message, wrong, bare), f"write {right}", right)
    shown = "a space" if wrong == " " else f"`{wrong}`" if wrong and wrong.isprintable() else None
    hint = f"{shown or spelled(wrong)} cannot be part of it" if wrong else None
    return FieldError(Code.VALUE, message, hint)


def _part(message: str, wrong: str | None, text: str) -> str:
    """What the comma of JSON, or quotes, are to an id."""
    if wrong is not None and wrong in ",;" and text.endswith(wrong):
        return f"the `{wrong}` at the end does not belong to the value"
    return message


def _look_alike(field: str, found: tuple[int, str, str], right: str | None) -> FieldError:
    index, character, latin = found
    message = f"`{field}` holds {spelled(character)}, which only looks like {latin}"
    hint = f"write {right}" if right else f"type it again: {latin}"
    return FieldError(Code.VALUE, message, hint, right, (index, index + 1))


def _blanks(bare: str) -> FieldError:
    return FieldError(
        Code.VALUE, "spaces at the ends of the value", f"write {shortened(quoted(bare), 60)}", quoted(bare)
    )


def _standard_error(value: str, standards: Standards) -> FieldError | None:
    if value in standards:
        return None
    bare = value.strip().rstrip(",;").rstrip()
    message = f"`trainingStandardKey` cannot be `{shortened(value)}`"
    if same := same_standard(bare, standards):
        return FieldError(Code.STANDARD, message, f"did you mean `{same}`?", same)
    if found := look_alike(value):
        same = same_standard(as_latin(bare), standards)
        message = f"{message}: {spelled(found[1])} only looks like {found[2]}"
        if same:
            return FieldError(Code.STANDARD, message, f"did you mean `{same}`?", same)
    if near := nearest_standard(value, standards):  # another part or mode is another course: never a fix
        return FieldError(Code.STANDARD, message, f"did you mean `{near}`?")
    known = " or ".join(f"`{key}` ({standards.language(key)})" for key in standards)
    return FieldError(Code.STANDARD, message, f"it is {known}")


def name_error(value: str) -> FieldError | None:
    """What is wrong with a course's name; none where it is right."""
    if is_blank(value):
        return FieldError(Code.MISSING_FIELD, "`courseName` is empty", for_example("courseName"))
    if len(value) > MAX_NAME:
        return FieldError(Code.VALUE, f"`courseName` has {len(value)} characters; at most {MAX_NAME} are possible")
    if _LOST in value:
        return _lost("courseName", value)
    if placeholder(value, "courseName"):
        return FieldError(Code.PLACEHOLDER, f"{A_PLACEHOLDER} `courseName`", "the name that visitors are to see")
    found = first_unfit(value)
    return FieldError(Code.CHARACTER, *refusal(found[0]), None, found.span()) if found else None


_TEXTS: Mapping[str, Callable[[str], FieldError | None]] = {
    "offeringId": _id_error,
    STANDARD: lambda _: None,  # its value is looked up in the standards before
    "courseName": name_error,
    "externalRegistrationUrl": address_error,
}
