"""Offering files with the slips that people make, one upon another, and what must hold of every report on them.

By hand, from the folder `tests`: `python -m support.slips --minutes 10`, with `--seed N` to begin elsewhere. It
prints the seed, how many files were tried, and each file of which something does not hold.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from offerctl.catalog.fix import applied
from offerctl.catalog.load import Examiner
from offerctl.catalog.problem import Problem
from offerctl.catalog.source import BOM, LINE_BREAK
from offerctl.render import problems as render

GOOD = {
    "offeringId": ("jhsc-en-01", "jhsc-fr-01", "a.b_c-1"),
    "trainingStandardKey": ("JHSC-2014-1-E-O", "JHSC-2014-1-F-O"),
    "courseName": ("JHSC Part One", "CMSST, partie 1", "Sécurité au travail (en ligne)", "Health & safety"),
    "price": ("199.00", "0.5", "1299"),
    "courseDuration": ("19.5", "20"),
    "externalRegistrationUrl": ("https://safety-training.example/x", "https://a.example/?b=c&d=e#f"),
    "protect": ("true", "false"),
}
WORDS = (
    *(
        "cost",
        "prix",
        "Nom du cours",
        "durée",
        "adresse",
        "offering",
        "id",
        "url",
        "Price (CAD)",
        "networkKey",
        "colour",
    ),
    *(
        "protect true",
        "price 199",
        "Merci",
        "Taxes not included.",
        "JHSC Part One - English",
        "Please note: extra",
    ),
)
SIGNS = (
    *(":", "=", ":=", "=>", "->", "\uff1a", ";", ",", "#", "//", "'", '"', "\u201c", "\u201d", "\u00ab"),
    *("\u00bb", "`", "*", "&", "!", "@", "%", "|", ">", "[", "]", "{", "}", "(", ")", "<", "\\", "\\n"),
    *("\\t", "\\_", "~", "-", "--", "---", "...", "?", "<<<<<<<", "=======", ">>>>>>>", "```", "{{ }}", "${"),
    *("$", "CA", "CAD", "\u20ac", "h", "30", "19:30", "199,00", "1,299", "1 299,00", "\u00e9", "\u0301"),
    *("\u00a0", "\u202f", "\u200b", "\u202e", "\ufffd", "\u00c3\u00a9", "\u00e2\u20ac\u2122", "\u0441"),
    *("&amp;", "<b>", "https://", "http://", "example.com", "\u2026", "\t", " ", "  ", "'s ", ": ", " #"),
    *("\x00", "\x1b[2J"),
)
LINES = (
    *(
        "",
        " ",
        "\t",
        "# comment",
        "  # indented comment",
        "---",
        "...",
        "```yaml",
        "//x",
        "{",
        "}",
        "<<<<<<< HEAD",
    ),
    *(
        "=======",
        ">>>>>>> x",
        "- item",
        "* item",
        "  more text",
        "    deeper: 1",
        "%YAML 1.2",
        "/* x */",
        "<!-- x -->",
    ),
)
_WORDS_OF_PARSERS = re.compile(
    r"(?i)block mapping|flow (?:mapping|sequence|scalar)|could not (?:find|determine)|did not find|expected <"
    r"|while (?:scanning|parsing)|mapping values|simple key|plain scalar|read as YAML"
)
_LONGEST = 2.0
"""Seconds of the processor for a file of a few hundred bytes."""


def files(seed: int) -> Iterator[bytes]:
    """Files without end, the same ones for the same seed."""
    chance = random.Random(seed)
    while True:
        yield slipped(chance)


def slipped(chance: random.Random) -> bytes:
    """An offering with one to five slips, in any encoding, with any line breaks."""
    lines = [f"{field}: {chance.choice(values)}" for field, values in GOOD.items() if chance.random() > 0.03]
    for _ in range(chance.randint(1, 5)):
        lines = chance.choice(SLIPS)(chance, lines or [""])
    break_ = chance.choice(("\n", "\n", "\n", "\r\n", "\r"))
    text = break_.join(lines) + chance.choice((break_, ""))
    encoding = chance.choice(("utf-8",) * 12 + ("utf-8-sig", "cp1252", "utf-16", "utf-16-le"))
    return text.encode(encoding, "replace")


def amiss(data: bytes, examine: Callable[[str, bytes], tuple[Problem, ...]]) -> str | None:
    """What does not hold of the report on a file: no hang, no parser's words, every fix proven; nothing raises."""
    begun = time.process_time()
    problems = examine("x.yaml", data)
    if time.process_time() - begun > _LONGEST:
        return "it takes too long"
    report = "\n".join((render.text(problems, 1), render.concise(problems, 1), render.github(problems, 1)))
    render.json(problems)
    said = "\n".join(f"{problem.message}\n{problem.hint or ''}" for problem in problems)
    if found := _WORDS_OF_PARSERS.search(said):
        return f"a parser's words: {found[0]}"
    if "\x1b" in report or "\u202e" in report:
        return "the report is not inert"
    fixed = [problem for problem in problems if problem.fix is not None]
    for chosen in [*([problem] for problem in fixed), fixed]:
        if chosen and (found_amiss := _harm(data, problems, chosen, examine)):
            return f"{found_amiss}: {[problem.message for problem in chosen]}"
    return None


def _harm(
    data: bytes,
    problems: tuple[Problem, ...],
    chosen: list[Problem],
    examine: Callable[[str, bytes], tuple[Problem, ...]],
) -> str | None:
    """What these fixes do besides mending their problems; by other means than the proof itself."""
    mended, done = applied(data, chosen)
    if len(done) != len(chosen) or mended == data:
        return "not all of the fixes are written"
    left = examine("x.yaml", mended)
    if len(left) > len(problems) - len(chosen):
        return f"{len(left)} problems are left of {len(problems)}"
    if {problem.code for problem in left} - {problem.code for problem in problems}:
        return "another problem came"
    before, after = (LINE_BREAK.split(text.removeprefix(BOM).decode()) for text in (data, mended))
    touched = {
        number
        for problem in chosen
        if problem.fix
        for number in range(problem.fix.start.line, problem.fix.end.line + 1)
    }
    kept = iter(after)
    if not all(line in kept for number, line in enumerate(before, 1) if number not in touched):
        return "a line went that was not touched"
    comments = [line.strip() for line in before if line.lstrip().startswith("#")]
    if not set(map(_seen, comments)) <= {_seen(line.strip()) for line in after}:
        return "a comment went"
    return None


def _seen(text: str) -> str:
    """Without what a fix takes out because nobody sees it."""
    return "".join(character for character in text if character.isprintable() or character == " ")


def _line(chance: random.Random, lines: list[str]) -> int:
    return chance.randrange(len(lines))


def _insert(chance: random.Random, lines: list[str]) -> list[str]:
    at = chance.randrange(len(lines) + 1)
    return [*lines[:at], chance.choice(LINES + WORDS), *lines[at:]]


def _within(chance: random.Random, lines: list[str]) -> list[str]:
    at = _line(chance, lines)
    place = chance.randrange(len(lines[at]) + 1)
    return [*lines[:at], lines[at][:place] + chance.choice(SIGNS) + lines[at][place:], *lines[at + 1 :]]


def _value(chance: random.Random, lines: list[str]) -> list[str]:
    at = _line(chance, lines)
    key, colon, value = lines[at].partition(": ")
    sign, other = chance.choice(SIGNS), chance.choice(SIGNS)
    value = chance.choice(
        (f"{sign}{value}", f"{value}{sign}", f"{sign} {value}", f"{value} {sign}", f"{sign}{value}{other}")
    )
    return [*lines[:at], f"{key}{colon}{value}", *lines[at + 1 :]]


def _separator(chance: random.Random, lines: list[str]) -> list[str]:
    at = _line(chance, lines)
    sign = chance.choice(
        (":", " :", " : ", "=", " = ", ":=", "\t", "  ", ": \n", ":\n", ":\u00a0", "\uff1a", ":  # ", " -> ")
    )
    return [*lines[:at], *lines[at].replace(": ", sign, 1).split("\n"), *lines[at + 1 :]]


def _indent(chance: random.Random, lines: list[str]) -> list[str]:
    first = _line(chance, lines)
    last = chance.choice((first + 1, first + 1, len(lines)))
    blanks = chance.choice((" ", "  ", "    ", "\t", "\u00a0", "- ", "* "))
    return [*lines[:first], *(blanks + line for line in lines[first:last]), *lines[last:]]


def _heading(chance: random.Random, lines: list[str]) -> list[str]:
    return [f"{chance.choice(WORDS)}:", *(f"  {line}" for line in lines)]


def _key(chance: random.Random, lines: list[str]) -> list[str]:
    at = _line(chance, lines)
    return [*lines[:at], chance.choice(WORDS) + lines[at][lines[at].find(":") :], *lines[at + 1 :]]


def _wrap(chance: random.Random, lines: list[str]) -> list[str]:
    at = _line(chance, lines)
    place = lines[at].rfind(" ")
    return [
        *lines[:at],
        lines[at][:place],
        chance.choice(("  ", "", "\t")) + lines[at][place + 1 :],
        *lines[at + 1 :],
    ]


def _comment(chance: random.Random, lines: list[str]) -> list[str]:
    at = _line(chance, lines)
    return [
        *lines[:at],
        lines[at] + chance.choice((" # CAD", "  # approved: 2026", " #1", "# x")),
        *lines[at + 1 :],
    ]


def _letter(chance: random.Random, lines: list[str]) -> list[str]:
    at = _line(chance, lines)
    place = chance.randrange(len(lines[at]) + 1)
    return [*lines[:at], lines[at][:place] + lines[at][place + 1 :], *lines[at + 1 :]]


def _twice(chance: random.Random, lines: list[str]) -> list[str]:
    return [*lines, lines[_line(chance, lines)]]


def _ends(chance: random.Random, lines: list[str]) -> list[str]:
    sign = chance.choice(",;")
    return [line + sign for line in lines]


SLIPS: tuple[Callable[[random.Random, list[str]], list[str]], ...] = (
    *(_insert, _insert, _within, _within, _value, _value, _separator, _indent, _heading, _key, _wrap, _comment),
    *(_letter, _twice, _ends),
)


def main() -> None:
    """Tries files for so many minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--keep", type=Path, help="a folder for the files of which something does not hold")
    asked = parser.parse_args()
    examine = Examiner(None, frozenset())
    end = time.monotonic() + asked.minutes * 60
    tried = bad = 0
    for data in files(asked.seed):
        if time.monotonic() > end:
            break
        tried += 1
        try:
            found = amiss(data, examine)
        except Exception as error:  # noqa: BLE001 - that nothing raises is what is tried
            found = f"it raises {error!r}"
        if found:
            bad += 1
            print(f"{found}\n{data!r}\n", flush=True)
            if asked.keep:
                (asked.keep / f"{tried}.yaml").write_bytes(data)
    print(f"seed {asked.seed}: {tried:,} files, {bad:,} of which something does not hold")
    raise SystemExit(bool(bad))


if __name__ == "__main__":
    main()
