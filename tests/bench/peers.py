"""What others that check YAML tell the same authors: who finds a fault, at which line, and whether it is said.

    cd tests && python bench/peers.py            every example below offerings/invalid, a row each, and the sums
    cd tests && python bench/peers.py --brief    the sums alone

Each cell has the lines that a tool names (`?`: something is found, at no line; `-`: nothing). For
the cases of `offerings/authors.toml`, `=` is behind them where one of the lines is the right one, and `!` where
what the tool says has all that the author must be told, by the rows `says` that offerctl's own tests use. The
peers judge with the same schema; yamllint, which knows none, with its preset `relaxed` and any length of lines.
What is not installed is left out: yamllint (pip), check-jsonschema (in `.[dev]`), yaml-language-server (npm).
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from offerctl import catalog  # noqa: E402 - as the tests do, from this folder
from support.languageserver import LanguageServer, language_server  # noqa: E402

OFFERINGS, ROOT = TESTS / "offerings", TESTS.parent
SCHEMA = ROOT / "schema" / "offering.schema.json"
PATIENCE = 10
"""Seconds; a usual file takes half of one."""
YAMLLINT = "{extends: relaxed, rules: {line-length: disable, document-start: disable}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One finding of a tool: at which line (none: it names none), and in which words."""

    line: int | None
    words: str
    file: str = ""


class Hung(Exception):
    """A tool gives no answer within `PATIENCE` seconds, or ends without one."""


Tool = Callable[[Sequence[Path]], list[Said]]
"""What it finds in files.

Raises:
    Hung: nothing, for that reason.
"""


def offerctl(files: Sequence[Path]) -> list[Said]:
    """This one, in process; it is given the folder, and looks at what others leave out, too."""
    [folder] = {next(parent for parent in file.parents if parent.name == "offerings") for file in files}
    problems = catalog.load(folder).problems
    return [
        Said(
            line=problem.span.start.line if problem.span else None,
            words=f"{problem.message}\n{problem.hint or ''}",
            file=Path(problem.file).name,
        )
        for problem in problems
    ]


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """A peer's process, to its end.

    Raises:
        Hung: it has none.
    """
    try:
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise Hung from None


def check_jsonschema(files: Sequence[Path]) -> list[Said]:
    """As a pre-commit hook calls it: places in the schema's terms, and of what is no YAML its parser's words."""
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(SCHEMA), "--color", "never"]
    done = run([*command, *map(str, files)])
    if not done.returncode:
        return []
    words = done.stdout + done.stderr
    found = [
        Said(line=None, words=f"{pointer}: {message}", file=Path(file).name)
        for file, pointer, message in re.findall(r"^ +(\S+?)::(\$\S*): (.*)$", words, re.MULTILINE)
    ]
    lines = re.findall(r", line (\d+), column", words)
    if lines or not found:
        found.append(Said(line=int(lines[-1]) if lines else None, words=words))
    return found


def yamllint(files: Sequence[Path]) -> list[Said]:
    """With errors and warnings."""
    command = ["yamllint", "--format", "parsable", "--config-data", YAMLLINT, *map(str, files)]
    done = run(command)
    found = re.findall(r"^(.*?):(\d+):\d+: (.*)$", done.stdout, re.MULTILINE)
    if not found and done.returncode:  # a traceback
        return [Said(line=None, words=done.stderr)]
    return [Said(line=int(line), words=words, file=Path(file).name) for file, line, words in found]


def editor(servers: Iterator[LanguageServer]) -> Tool:
    """What yaml-language-server underlines; one that ends over a file is told of, and another takes its place."""
    current = [next(servers)]

    def look(files: Sequence[Path]) -> list[Said]:
        try:
            return [
                Said(line=one["range"]["start"]["line"] + 1, words=str(one["message"]), file=file.name)
                for file in files
                for one in current[0].diagnose(file.read_bytes().decode("utf-8", "replace"))
            ]
        except (EOFError, BrokenPipeError):
            current[0] = next(servers)
            raise Hung from None

    return look


def tools(stack: ExitStack) -> dict[str, Tool]:
    """Those that are here."""
    found: dict[str, Tool] = {"offerctl": offerctl, "check-jsonschema": check_jsonschema}
    if shutil.which("yamllint"):
        found["yamllint"] = yamllint
    try:
        found["yaml-language-server"] = editor(stack.enter_context(language_server(ROOT)) for _ in count())
    except pytest.skip.Exception as missing:
        print(missing, file=sys.stderr)
    return found


def examples() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every example by its name, with what its author must be told where that is written down."""
    authors = {
        case["file"]: case for case in tomllib.loads((OFFERINGS / "authors.toml").read_text("utf-8"))["case"]
    }
    for path in sorted((OFFERINGS / "invalid").iterdir()):
        if path.suffix != ".expected":
            yield path.name, authors.get(path.name, {})


def placed(name: str, folder: Path) -> list[Path]:
    """An example in a folder of its own, as people have it; only what checkers of YAML would be given."""
    offerings = folder / name / "offerings"
    source = OFFERINGS / "invalid" / name
    if source.is_dir():
        shutil.copytree(source, offerings)
    else:
        offerings.mkdir(parents=True)
        shutil.copy(source, offerings / "x.yaml")
    return [path for path in sorted(offerings.rglob("*")) if path.is_file()]


def is_placed_right(case: Mapping[str, Any], said: Sequence[Said]) -> bool:
    """Whether a finding stands in the line, or in the file, where the author has to look."""
    if "at" in case:
        return any(one.file == case["at"] for one in said)
    places = case.get("places", ["none"])
    lines = {None if place == "none" else int(place.partition(":")[0]) for place in places}
    return any(one.line in lines for one in said)


def helps(case: Mapping[str, Any], said: Sequence[Said]) -> bool:
    """Whether the words have all that the author must be told, and nothing that misleads."""
    told = "\n".join(one.words for one in said).casefold()
    wanted = (re.sub(r"^\d+: ", "", way) for row in case["says"] for way in row.split(" + "))
    return (
        bool(said)
        and all(any(way.casefold() in told for way in ways.split("|")) for ways in wanted)
        and not any(words.casefold() in told for words in case.get("never", ()))
    )


def cell(case: Mapping[str, Any], look: Tool, files: Sequence[Path], sums: Counter[str]) -> str:
    """What stands in the table, which is counted."""
    try:
        said = look(files) if files else []
    except Hung:
        sums["without an answer"] += 1
        return "no answer"
    lines = sorted({one.line for one in said if one.line is not None})
    shown = ",".join(map(str, lines[:4])) + (",…" if len(lines) > 4 else "")
    shown = shown or ("?" if said else "-")
    sums["found"] += bool(said)
    sums["with a line"] += bool(lines)
    if case:
        right, helped = is_placed_right(case, said), helps(case, said)
        sums["at the right place"] += right
        sums["told what to do"] += helped
        shown += ("=" if right else "") + ("!" if helped else "")
    return shown


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brief", action="store_true", help="the sums alone")
    parser.add_argument("--only", metavar="TEXT", default="", help="examples with this in their names")
    brief, only = parser.parse_args().brief, parser.parse_args().only
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        peers = tools(stack)
        sums: dict[str, Counter[str]] = {name: Counter() for name in peers}
        every = [(name, case) for name, case in examples() if only in name]
        rows = [["example", *peers]]
        for name, case in every:
            files = placed(name, Path(scratch))
            read = [file for file in files if file.suffix in {".yaml", ".yml"}]
            given = {peer: files if look is offerctl else read for peer, look in peers.items()}
            rows.append([name, *(cell(case, look, given[peer], sums[peer]) for peer, look in peers.items())])
        valid = sorted((OFFERINGS / "valid").rglob("*.yaml"))
        for number, path in enumerate(valid):
            folder = Path(scratch, f"valid-{number}", "offerings")
            folder.mkdir(parents=True)
            copy = Path(shutil.copy(path, folder / "x.yaml"))
            for name, look in peers.items():
                sums[name]["false alarms"] += bool(look([copy]))
    if not brief:
        table(rows)
    cases = sum(bool(case) for _, case in every)
    measures = {
        "found": len(every),
        "with a line": len(every),
        "at the right place": cases,
        "told what to do": cases,
    }
    measures |= {"without an answer": len(every), "false alarms": len(valid)}
    table(
        [
            ["", *peers],
            *([f"{what}, of {of}", *(str(sums[tool][what]) for tool in peers)] for what, of in measures.items()),
        ]
    )


def table(rows: Sequence[Sequence[str]]) -> None:
    """Rows in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    print()


if __name__ == "__main__":
    main()
