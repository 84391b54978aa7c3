"""The editor and the tool read alike: npm's `yaml` (1.2, core schema) is the second parser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from offerctl import catalog, schemas
from offerctl.catalog.discover import MAX_BYTES
from offerctl.catalog.parse import read
from offerctl.catalog.problem import InvalidDocument
from offerctl.catalog.scalars import OddNumber
from offerctl.catalog.source import BOM
from support.languageserver import language_server

pytestmark = pytest.mark.node
OFFERINGS = Path(__file__).parents[1] / "offerings"

SCRIPT = """
const { parseAllDocuments } = require('yaml');
require('readline').createInterface({ input: process.stdin }).on('line', line => {
  const documents = parseAllDocuments(JSON.parse(line), { version: '1.2', schema: 'core' });
  const [first] = documents;
  const bad = documents.length !== 1 || first.errors.length > 0;
  const told = (key, value) => typeof value === 'number' ? { number: String(value) } : value;
  const error = String(first?.errors?.[0] ?? `${documents.length} documents`);
  console.log(JSON.stringify(bad ? { error } : { value: first.toJS() }, told));
});
"""
PATTERNS = """
const { pattern, pieces } = JSON.parse(require('fs').readFileSync(0));
const refused = flags => [...Array(0x11000).keys()].filter(code => (code & 0xf800) !== 0xd800)
  .filter(code => !new RegExp(pattern, flags).test(pieces.join(String.fromCodePoint(code))));
console.log(JSON.stringify(['', 'u'].map(refused)));
"""
Parse = Callable[[str], dict[str, Any]]

WORDS = st.sampled_from(
    [
        *(
            "no",
            "on",
            "yes",
            "true",
            "True",
            "TRUE",
            "null",
            "~",
            "1:30",
            "2020-01-01",
            "0123",
            "0o17",
            "0x1F",
            "1e3",
        ),
        *(".5", "5.", "+1", "-0", "1_000", ".inf", "-.INF", ".nan", "199", "199.50", "JHSC", "Part:", "One:Two"),
        *(
            "a#b",
            "#c",
            "'x'",
            "'it''s'",
            r'"q\u00e9"',
            '"a',
            'b"',
            "été",
            "-",
            "--",
            "---",
            "?",
            "!",
            "...",
            "=",
            "<<",
        ),
        *(",", "]", "}", "|-", ">"),
    ]
)
VALUES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join) | st.text(
    alphabet="ab:#-?,[]{}&*!|>'\"%@` \t\\/.01_~=é", max_size=8
)
KEYS = st.sampled_from(["price", "a", '"b"', "'c'", "c d", "1", "true", "e:f", "?", "-x"])
LINES = st.tuples(KEYS, st.sampled_from([": ", ":", ":  ", " : ", ":\t"]), VALUES).map("".join)
MORE = st.sampled_from(["  more", "# comment", "", "  # comment", "x", "---"])
TEXTS = st.lists(LINES | LINES | LINES | MORE, min_size=1, max_size=5).map(lambda lines: "\n".join([*lines, ""]))


@pytest.fixture(scope="module")
def parse() -> Iterator[Parse]:
    """Npm's parser in one process; skips where node or the package is missing."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node")
    repository = Path(__file__).parents[2]
    if subprocess.run(
        [node, "-e", "require('yaml')"], cwd=repository, capture_output=True, check=False
    ).returncode:
        pytest.skip("the npm package yaml is not installed (npm install --no-save yaml)")
    with subprocess.Popen(
        [node, "-e", SCRIPT], cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, answers = process.stdin, process.stdout

        def ask(text: str) -> dict[str, Any]:
            asked.write(f"{json.dumps(text)}\n")
            asked.flush()
            found: dict[str, Any] = json.loads(answers.readline())
            return found

        yield ask
        asked.close()


@pytest.mark.deep
@given(TEXTS)
@settings(max_examples=1500)
def test_what_is_read_here_is_read_there(parse: Parse, text: str) -> None:
    """A file that offerctl accepts as a document means the same in the editor: keys, texts, numbers, nothing."""
    assume(
        not re.search(r"[|>][-+0-9]*#", text)
    )  # libyaml takes a comment there; such a value is empty or refused
    try:
        document = read("x.yaml", text.encode())
    except InvalidDocument:
        return
    if document.problems or any(isinstance(value, dict | list) for value in document.values.values()):
        return  # refused in any case
    there = parse(text)
    assert "error" not in there, (text, document.values, there)
    assert set(there["value"]) == set(document.values)
    for key, value in document.values.items():
        assert same(value, there["value"][key]), (text, document.values, there)


@pytest.mark.parametrize(
    ("field", "pieces"), [("courseName", ["a", "b"]), ("externalRegistrationUrl", ["https://x.example/a", "b"])]
)
def test_a_pattern_of_the_schema_means_there_what_it_means_here(field: str, pieces: list[str]) -> None:
    """For every character of the basic plane, whether or not the editor's engine reads code points."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node")
    pattern = json.loads(schemas.read("offering.schema.json"))["properties"][field]["pattern"]
    asked = json.dumps({"pattern": pattern, "pieces": pieces})
    told = subprocess.run([node, "-e", PATTERNS], input=asked, capture_output=True, text=True, check=True)
    characters = [code for code in range(0x11000) if code & 0xF800 != 0xD800]
    refused = [code for code in characters if not re.search(pattern, chr(code).join(pieces))]
    assert json.loads(told.stdout) == [refused, refused]


@pytest.mark.deep
def test_the_editor_underlines_what_is_refused() -> None:
    """Over all examples, in the server that editors use; where they disagree, or it ends, is listed with why."""
    listed = tomllib.loads((OFFERINGS / "editor.toml").read_text("utf-8"))
    only_here, only_there = set(), set()
    with language_server(OFFERINGS.parents[1]) as server:
        for path in sorted([*OFFERINGS.glob("valid/*.yaml"), *OFFERINGS.glob("invalid/*.yaml")]):
            text = readable(path)
            if text is None or path.name in listed["not-asked"]:
                continue
            here = bool(catalog.load_paths((path,), repo_root=path.parent).errors)
            there = bool(server.diagnose(text))
            if here and not there:
                only_here.add(path.name)
            if there and not here:
                only_there.add(path.name)
    assert only_here == set(listed["only-offerctl-refuses"])
    assert only_there == set(listed["only-the-editor-refuses"])


def readable(path: Path) -> str | None:
    """The text that an editor would show; none for another encoding, or more than a file may have."""
    try:
        text = path.read_bytes().removeprefix(BOM).decode()
    except UnicodeDecodeError:
        return None
    return text if len(text) <= MAX_BYTES else None


def same(here: object, there: object) -> bool:
    """Odd numbers are refused here in any place, so they need not be read alike."""
    match here:
        case OddNumber():
            return True
        case Decimal():
            return isinstance(there, dict) and float(there["number"]) == float(here)
        case _:
            return type(here) is type(there) and here == there
