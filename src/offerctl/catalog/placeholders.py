"""What a template, an editor or a guide leaves to be filled in, and nobody did."""

from __future__ import annotations

import re

A_PLACEHOLDER = "a placeholder was left here, which nobody filled in; write the value of"
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\$\{[^}]*\}|\{%.*?%\}|<%.*?%>|\[\[[^\]]*\]\]|@@\w+@@")
_SHOUTED = re.compile(r"%[A-Z_]{3,}%|__[A-Z_]{3,}__")  # not in an address, where % begins a character
_IN_ADDRESS = re.compile(r"(?<=[/=.])(?:\{[\w .-]+\}|<[\w .-]+>|:[a-z_]+(?=/|$))")
_FIELDS = frozenset({"courseName", "externalRegistrationUrl", "offeringId", None})
_SIGNS = re.compile(r"[{<\[%@_?:]")
"""One of these stands in every placeholder but words."""
_WHOLE = re.compile(
    r"<[^<>@:/]{2,60}>|\{[\w .-]{2,60}\}|\[(?=[^\]]*(?:name|title|nom|titre|url|here|ici))[^\[\]]{2,60}\]"
)
_WORDS = re.compile(
    r"(?i)(?:todo|tbd|tba|fixme|change[ _-]?me|replace[ _-]?me|fill[ _-]?me[ _-]?in|x{3,}|\?{2,}|\.{3,}|\u2026+"
    r"|lorem ipsum.*|(?:your |the )?(?:course )?(?:name|title|url|link|address)(?: goes)? here"
    r"|your course(?: name| title)|(?:le |votre )?(?:nom|titre)(?: du cours)? ici"
    r"|[àa] (?:compl[ée]ter|remplir|d[ée]finir)"
    r"|insert .{1,40} here|ins[ée]rer .{1,40} ici)"
)
_NO_NAME = re.compile(
    r"(?i)(?:course[ _]?name|course title|(?:new|nouveau|untitled|unnamed) (?:course|cours)"
    r"|nom du cours|titre du cours|cours sans titre|untitled(?: \d+)?|unnamed|sans titre(?: \d+)?"
    r"|[àa] venir|coming soon|bient[ôo]t"
    r"|n/?a|s\.?o\.?|none|nil|name|title|nom|titre)[.!…]*"
)
"""What stands where a course's name should, and is none."""
_CELL = re.compile(
    r"#(?:REF!|N/A|N/D|NA|NAME\?|NOM\s?\?|VALUE!|VALEUR\s?!|DIV/0\s?!|NULL!|NUL\s?!|NUM!|NOMBRE\s?!|SPILL!|CALC!|FIELD!|BUSY!"
    r"|GETTING_DATA|#+)|=.*|N/A|n/a",
    re.DOTALL,
)
"""What a spreadsheet shows instead of a value: its errors, and formulas that it never worked out."""
_HOST = re.compile(
    r"(?i)(?:.*\.)?(?:example\.(?:com|org|net)|(?:your|my|votre|mon)[-_]?(?:web)?(?:site|domain|domaine|company"
    r"|organi[sz]ation|entreprise|page)(?:\.[a-z]{2,})?|(?:domain|domaine|website)\.(?:tld|com|ca|org))"
)


def placeholder(text: str, field: str | None) -> str | None:
    """The placeholder that a value is, or holds; none where it has none."""
    if field in _FIELDS and (text[:1] in "#=Nn" or field == "courseName"):
        bare = text.strip()
        if _CELL.fullmatch(bare) or (field == "courseName" and _NO_NAME.fullmatch(bare)):
            return bare
    if _SIGNS.search(text) is None:
        return text if field in _FIELDS and _WORDS.fullmatch(text.strip()) else None
    if found := _TEMPLATE.search(text):
        return found[0]
    if found := (_IN_ADDRESS if field == "externalRegistrationUrl" else _SHOUTED).search(text):
        return found[0]
    if field in _FIELDS:
        bare = text.strip()
        if _WHOLE.fullmatch(bare) or _WORDS.fullmatch(bare):
            return bare
    return None


def placeholder_host(host: str) -> bool:
    """Whether an address of a guide or a snippet: nobody's own website has this name."""
    return _HOST.fullmatch(host) is not None
