"""What bytes that are no UTF-8 most likely are: letters as other systems save them, or no text at all."""

from __future__ import annotations

import re

_OTHERS = ("cp850", "mac_roman")
_SYSTEMS = (("cp1252", "Windows"), ("mac_roman", "a Mac"), ("cp850", "MS-DOS"))
_FRENCH = frozenset("\u00e0\u00e2\u00e7\u00e9\u00e8\u00ea\u00eb\u00ee\u00ef\u00f4\u00f9\u00fb\u0153\u00c9")
_KINDS = (
    (b"PK\x03\x04", "a Word, Excel or other office document"),
    (b"\xd0\xcf\x11\xe0", "a Word or Excel document of the old kind"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "a document of WordPad or TextEdit (RTF)"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_WEB_PAGE = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE)


def document_kind(data: bytes) -> str | None:
    """What a file is that is no plain text, by its first bytes; none where it may be text."""
    if _WEB_PAGE.match(data):
        return "a web page"
    return next((kind for sign, kind in _KINDS if data.startswith(sign)), None)


def of_another_system(text: str) -> str | None:
    """A text that was read as Windows saves it as a Mac or DOS meant it, where its letters then are French."""
    for encoding in _OTHERS:
        try:
            again = text.encode("cp1252").decode(encoding)
        except UnicodeError:
            continue
        if again != text and all(letter.isascii() or letter in _FRENCH for letter in again):
            return again
    return None


def letter_of(byte: int) -> tuple[str, str] | None:
    """The letter that one byte most likely was, French ones first, and the system that saves it so."""
    for encoding, system in _SYSTEMS:
        letter = bytes([byte]).decode(encoding, "replace")
        if letter in _FRENCH:
            return letter, system
    letter = bytes([byte]).decode("cp1252", "replace")
    return (letter, "Windows") if letter.isalpha() else None
