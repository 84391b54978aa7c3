"""Text that looks like another: read in the wrong encoding, letters of another alphabet, marks of a web page."""

from __future__ import annotations

import html
import re
import unicodedata

from offerctl.catalog.shown import refused_character

# Bytes that Windows-1252 leaves out are read as themselves, as Windows and browsers do.
_BYTES = {bytes([byte]).decode("cp1252", "ignore") or chr(byte): byte for byte in range(256)}
_TYPICAL = re.compile(
    "[\u00c2\u00c3][\u00a0-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014"
    "\u2018-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]|\u00e2\u20ac."
)
_ENTITY = re.compile(r"&(?:#[0-9]{2,6}|#[xX][0-9a-fA-F]{2,5}|[A-Za-z]{2,8}[0-9]{0,2});")
_TAG = re.compile(
    r"</?(?:b|i|u|em|strong|br|p|span|a|sup|sub|font|div|h[1-6]|script|style|img|table|t[dr]|[ou]l|li|[ovw]:\w+)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_MOST_ROUNDS = 3
_ODD_SIGN = re.compile(
    "(?<=[^\\W\\d_])[\u201a\u2021\u02c6\u2030\u0192]|\\b\u0192(?=[a-z])|(?<=[a-z\u00df-\u00ff])[\u017d\u0160\u0152]"
    "|(?<=[a-z\u00df-\u00ff])[\u2026\u2122\u201c\u201d](?=[a-z\u00df-\u00ff])"
)
"""Within a word, what é, è, ê, à, ç of a Mac or of DOS become where they are read as Windows saves text."""
_ASKED = re.compile(
    r"(?<=[^\W\d_])\?(?=[^\W\d_])"
    r"|(?<=[^\W\d_])\?(?= (?:et|ou|aux?|d[eu]s?|en|l[ae]s?|une?|sur|pour|par|dans|avec|[dl]')\b)"
)
"""A question mark where a letter was: within a word, or at its end before a small French one."""

# Letters of other alphabets, by the Latin one that they are drawn like; dashes and full-width signs with them.
_LATIN = str.maketrans(
    "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440\u051b\u0455\u051d\u0445\u0443"
    "\u0410\u0412\u0421\u0415\u041d\u0406\u0408\u041a\u041c\u041e\u0420\u0405\u0422\u0425\u04ae"
    "\u03b1\u03bf\u03bd\u03c1\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63",
    "acdehijlopqswxy" + "ABCEHIJKMOPSTXY" + "aovpABEZHIKMNOPTYX" + "-" * 9,
)
_FOREIGN = re.compile("[\u0370-\u03ff\u0400-\u052f]")
_LETTERS = re.compile(r"[^\W\d_]+")

QUOTES = {
    "\u201c": "\u201d\u201c",
    "\u201d": "\u201d",
    "\u201e": "\u201c\u201d",
    "\u00ab": "\u00bb",
    "\u00bb": "\u00ab",
    "\u2018": "\u2019\u2018",
    "\u2019": "\u2019",
    "\u201a": "\u2018\u2019",
    "\u2039": "\u203a",
    "\u300c": "\u300d",
    "\u300e": "\u300f",
    "\uff02": "\uff02",
    "\u2033": "\u2033",
    '"': '"',
    "'": "'",
}
"""What opens a quotation, with what closes it, in any language."""
_PAIRS = {
    "\u201c": "\u201d",
    "\u201d": "\u201c\u201e",
    "\u201e": "\u201c\u201d",
    "\u00ab": "\u00bb",
    "\u00bb": "\u00ab",
}
"""Quotes that are no apostrophes, with those that must be as many."""


def decoded_again(text: str) -> str | None:
    """The text before it was read as Windows-1252 though it was UTF-8; none where not all of it reads so."""
    found = text
    for _ in range(_MOST_ROUNDS):
        data = bytes(_BYTES.get(character, 0) for character in found)
        if any(character not in _BYTES for character in found):
            break
        try:
            again = data.decode()
        except UnicodeDecodeError:
            break
        if again == found or not _is_plausible(again):
            break
        found = again
    return found if found != text and refused_character(found) is None else None


def looks_misread(text: str) -> bool:
    """Whether a text holds pairs of characters that stand where one letter was."""
    return not text.isascii() and (_TYPICAL.search(text) is not None or decoded_again(text) is not None)


def lost_letter(text: str) -> str | None:
    """The sign within a word that stands where a letter with an accent was; none where every sign may be meant."""
    found = _ASKED.search(text) or (None if text.isascii() else _ODD_SIGN.search(text))
    return found[0] if found else None


def _is_plausible(text: str) -> bool:
    """`É…` reads as a letter that no course's name has: there the two characters were meant."""
    return not any("\u0180" <= character <= "\u02af" for character in text)


def unescaped(text: str) -> str | None:
    """The text with the characters that HTML's names stand for; none where it has none."""
    if "&" not in text or not _ENTITY.search(text):
        return None
    found = _ENTITY.sub(lambda match: html.unescape(match[0]).replace("\u00a0", " "), text)
    return found if found != text and refused_character(found) is None else None


def markup(text: str) -> str | None:
    """The first piece of HTML in a text."""
    found = _ENTITY.search(text) if unescaped(text) is not None else _TAG.search(text)
    return found[0] if found else None


def as_latin(text: str) -> str:
    """The text in the Latin letters that it looks like."""
    return unicodedata.normalize("NFKC", text).translate(_LATIN) if not text.isascii() else text


def look_alike(text: str) -> tuple[int, str, str] | None:
    """The place of the first character that looks like a Latin letter or a hyphen, and is none; with both."""
    for index, character in enumerate(text):
        if not character.isascii() and (latin := as_latin(character)).isascii() and latin.isprintable():
            return index, character, latin
    return None


def mixed_word(text: str) -> tuple[int, str, str] | None:
    """The same in a word whose other letters are Latin: a word of another alphabet is one."""
    if text.isascii() or not _FOREIGN.search(text):
        return None
    for word in _LETTERS.finditer(text):
        letters = word[0]
        if any(c.isascii() for c in letters) and (found := look_alike(letters)) and _FOREIGN.match(found[1]):
            return found[0] + word.start(), found[1], found[2]
    return None


def within_quotes(text: str) -> str | None:
    """What stands within quotes that enclose the whole text; none where they do not, or open and close inside."""
    if len(text) < 3 or text[0] not in QUOTES or text[-1] not in QUOTES[text[0]]:  # noqa: PLR2004 - quotes and one
        return None
    inner = text[1:-1]
    signs = {text[0], *QUOTES[text[0]]} - {"\u2019", "'"}
    if not inner.strip() or signs & set(inner):
        return None
    return inner.strip()


def odd_quote(text: str) -> str | None:
    """A quote at an end of the text that nothing opens or closes, or a straight one within it that is doubled.

    An apostrophe is none, and neither are the inches of `Wheels of 10"`.
    """
    if '""' in text:
        return '""'
    for sign in text[0], text[-1]:
        if sign in _PAIRS and text.count(sign) != sum(map(text.count, _PAIRS[sign])):
            return sign
    is_odd = text.count('"') % 2 and not re.search(r'[0-9]"', text)
    return '"' if is_odd and '"' in (text[0], text[-1]) else None


def decomposed(text: str) -> tuple[int, str, str] | None:
    """The place of the first letter that is written in two parts, the parts, and the letter in one."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return None
    for index in range(len(text)):
        end = index + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        one = unicodedata.normalize("NFC", text[index:end])
        if one != text[index:end]:
            return index, text[index:end], one
    return None
