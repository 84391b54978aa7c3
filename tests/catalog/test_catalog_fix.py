"""Writing fixes into files."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from offerctl import catalog
from offerctl.catalog import discover
from offerctl.catalog.fix import applied, mend
from offerctl.catalog.load import Examiner
from offerctl.catalog.problem import Problem
from offerctl.errors import CatalogError

WRONG = """\
# yaml-language-server: $schema=../schema/offering.schema.json
offeringId: 2024
standard: jhsc-2014-1-e-o  # English
\ttitle: JHSC: Part One — été
cost: $199,00
courseDuration: 19,5
url: https://safety-training.example/2024
"""
RIGHT = """\
# yaml-language-server: $schema=../schema/offering.schema.json
offeringId: "2024"
trainingStandardKey: JHSC-2014-1-E-O  # English
courseName: "JHSC: Part One — été"
price: 199.00
courseDuration: 19.5
externalRegistrationUrl: https://safety-training.example/2024
"""


def run(path: Path, *, silence: frozenset[str] = frozenset()) -> list[Problem]:
    return list(mend((path,), repo_root=path.parent, silence=silence))


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_all_that_is_certain_is_written(tmp_path: Path, bom: bytes, line_break: str) -> None:
    """One problem hides another, so it goes on until none is left; comments, breaks and marks stay."""
    path = tmp_path / "a.yaml"
    path.write_bytes(bom + WRONG.replace("\n", line_break).encode())
    run(path)
    assert path.read_bytes() == bom + RIGHT.replace("\n", line_break).encode()
    assert not catalog.load_paths((path,), repo_root=tmp_path).problems


def test_what_was_mended_is_told(tmp_path: Path) -> None:
    """Each fix that was written, and nothing else."""
    path = tmp_path / "a.yaml"
    path.write_text(RIGHT.replace("price: 199.00", "prise: 0123").replace("19.5", "0"), "utf-8")
    assert [problem.message for problem in run(path)] == [
        "unknown field `prise`",
        "price must be a plain number of dollars such as 199.00",
    ]
    assert path.read_text("utf-8") == RIGHT.replace("199.00", "123").replace("19.5", "0")


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_a_file_that_is_no_utf_8_stops_nothing(tmp_path: Path, encoding: str) -> None:
    """It is left as it is, and those before and after it are mended."""
    odd, wrong = RIGHT.replace("One", "Santé").encode(encoding), RIGHT.replace("199.00", "$199")
    (tmp_path / "b.yaml").write_bytes(odd)
    for name in ("a.yaml", "c.yaml"):
        (tmp_path / name).write_text(wrong, "utf-8")
    assert [problem.file.rpartition("/")[2] for problem in run(tmp_path)] == ["a.yaml", "c.yaml"]
    assert (tmp_path / "b.yaml").read_bytes() == odd
    assert "$199" not in (tmp_path / "a.yaml").read_text("utf-8") + (tmp_path / "c.yaml").read_text("utf-8")


def test_a_file_without_fixes_is_not_touched(tmp_path: Path) -> None:
    """Neither a right one nor one whose problems nobody but its author can solve."""
    right, wrong = tmp_path / "a.yaml", tmp_path / "b.yaml"
    right.write_text(RIGHT, "utf-8")
    wrong.write_text(RIGHT.replace("price: 199.00\n", ""), "utf-8")
    before = [(path.stat().st_ino, path.stat().st_mtime_ns) for path in (right, wrong)]
    assert run(tmp_path) == []
    assert [(path.stat().st_ino, path.stat().st_mtime_ns) for path in (right, wrong)] == before


def test_a_silenced_warning_is_not_mended(tmp_path: Path) -> None:
    """Who says that the blanks are meant keeps them."""
    path = tmp_path / "a.yaml"
    path.write_text(RIGHT.replace('"JHSC: Part One — été"', '" JHSC "'), "utf-8")
    assert run(path, silence=frozenset({"blanks"})) == []
    assert [problem.code for problem in run(path)] == ["OFR204"]
    assert 'courseName: "JHSC"\n' in path.read_text("utf-8")


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o664])
def test_the_mode_stays_and_nothing_is_left_over(tmp_path: Path, mode: int) -> None:
    """The file is replaced in one step."""
    path = tmp_path / "a.yaml"
    path.write_text(WRONG, "utf-8")
    path.chmod(mode)
    run(path)
    assert path.stat().st_mode & 0o777 == mode
    assert os.listdir(tmp_path) == ["a.yaml"]  # noqa: PTH208 - names are what counts


def test_links_are_not_written_through(tmp_path: Path) -> None:
    """A link could lead out of the repository."""
    outside = tmp_path / "outside.yaml"
    outside.write_text(WRONG, "utf-8")
    folder = tmp_path / "offerings"
    folder.mkdir()
    (folder / "a.yaml").symlink_to(outside)
    assert run(folder) == []
    assert outside.read_text("utf-8") == WRONG


def test_a_file_that_changes_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's editor saved it between reading and writing: their text stays, and it is said."""
    path = tmp_path / "a.yaml"
    path.write_text(WRONG, "utf-8")
    look = discover.contents
    seen: list[discover.OfferingFile] = []

    def contents(found: discover.OfferingFile) -> bytes:
        data = look(found)
        if not seen:
            path.write_text("saved by an editor", "utf-8")
        seen.append(found)
        return data

    monkeypatch.setattr(discover, "contents", contents)
    with pytest.raises(CatalogError, match=r"a\.yaml was changed meanwhile"):
        run(path)
    assert path.read_text("utf-8") == "saved by an editor"
    assert os.listdir(tmp_path) == ["a.yaml"]  # noqa: PTH208 - names are what counts


def test_overlapping_fixes_are_not_mixed() -> None:
    """Of two that cover the same text nobody knows which is meant: none is written."""
    data = b"price: $199\n"
    (problem, *_) = [p for p in Examiner(None, frozenset())("x.yaml", data) if p.fix]
    mended, done = applied(data, [problem, problem])
    assert (mended, done) == (data, ())
    assert applied(data, [problem]) == (b"price: 199\n", (problem,))


@pytest.mark.parametrize(
    ("before", "written"),
    [
        ("trainingStandardKey: JHSC-2014-1-E-O", "trainingStandardKey: JHSC-2014-2-E-O"),
        ("trainingStandardKey: JHSC-2014-1-E-O", "trainingStandardKey: JHSC-2014-1-E-C"),
        ("trainingStandardKey: JHSC-2014-1-E-O", "trainingStandardKey: JHSC-2014-1-É-O"),
        ("price: 199.00", "price: 19.5 h"),
        ("courseDuration: 19.5", "courseDuration: $19.5"),
        ("courseDuration: 19.5", "courseDuration: 19,500"),
    ],
)
def test_a_guess_is_never_written(tmp_path: Path, before: str, written: str) -> None:
    """Another part or mode is another course, another unit another field, `19,500` hours two numbers."""
    path = tmp_path / "a.yaml"
    text = RIGHT.replace(before, written)
    path.write_text(text, "utf-8")
    assert run(path) == []
    assert path.read_text("utf-8") == text
    [problem] = catalog.load_paths((path,), repo_root=tmp_path).problems
    assert problem.fix is None


def test_what_nobody_sees_is_taken_out(tmp_path: Path) -> None:
    """Wherever it was pasted: in an id, a name, an address, a number, a comment; as a character or an escape."""
    path = tmp_path / "a.yaml"
    text = RIGHT.replace('"2024"', "a\u200bb\u200d").replace("JHSC: Part", r"JHSC:\u200b Pa\xadrt")
    text = (
        text.replace("199", "1\u200b99\u2060").replace("/2024", "/20\u00ad24\u200c").replace("English", "En\ufeff")
    )
    path.write_text(text, "utf-8")
    run(path)
    assert path.read_text("utf-8") == RIGHT.replace('"2024"', "ab").replace("English", "En")


@pytest.mark.parametrize(
    "written",
    ["jhsc-2014-1-e-o", "JHSC\u20132014\u20131\u2013E\u2013O", "JHSC_2014 1-E-O", "\u00abJHSC20141EO\u00bb"],
)
def test_a_standard_key_that_differs_in_its_looks_is_mended(tmp_path: Path, written: str) -> None:
    """Case, dashes, underscores, blanks and quotes name no other course."""
    path = tmp_path / "a.yaml"
    path.write_text(RIGHT.replace("JHSC-2014-1-E-O", written), "utf-8")
    assert [problem.code for problem in run(path)] == ["OFR114"]
    assert path.read_text("utf-8") == RIGHT


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        ("'Certification d'été'", '"Certification d\'été"'),
        ("'Certification d'été et d'hiver'  # saisons", "\"Certification d'été et d'hiver\"  # saisons"),
        ("'Comités: l'essentiel'", '"Comités: l\'essentiel"'),
        ("'Workers' rights'", '"Workers\' rights"'),
        ('"JHSC "Part One" online"', "'JHSC \"Part One\" online'"),
        ('"L\'"essentiel" en ligne"', '"L\'\\"essentiel\\" en ligne"'),
        ("'JHSC' et 'CMSST'", None),
        ('"JHSC" et "CMSST"', None),
        ('"JHSC" Part One"', None),
        ("'L''essentiel d'été'", None),
        ('"A \\"B" c"', None),
    ],
)
def test_a_quote_inside_of_quotes_is_mended_where_it_is_certain(
    tmp_path: Path, written: str, mended: str | None
) -> None:
    """An apostrophe, or a quoted word, needs the other quotes; outer quotes do not always enclose."""
    path = tmp_path / "a.yaml"
    path.write_text(RIGHT.replace('"JHSC: Part One — été"', written), "utf-8")
    [problem] = catalog.load_paths((path,), repo_root=tmp_path).problems
    assert problem.message.endswith(" ends the text")
    run(path)
    assert path.read_text("utf-8") == RIGHT.replace('"JHSC: Part One — été"', mended or written)


PLAIN = (
    RIGHT.replace("  # English", "").replace('"JHSC: Part One — été"', "JHSC, Part One").replace('"2024"', "a-1")
)


@pytest.mark.parametrize("sign", [":\u00a0", ":\u202f", ":", " = ", "="])
@pytest.mark.parametrize("which", [r"^(price): ", r"^(courseName): ", r"^(external\w+): ", r"^(\w+): "])
def test_what_stands_in_the_place_of_a_colon_and_a_space_is_mended(tmp_path: Path, which: str, sign: str) -> None:
    """In one line or in all of them, where the file is one text to YAML."""
    path = tmp_path / "a.yaml"
    path.write_text(re.sub(which, rf"\1{sign}", PLAIN, flags=re.MULTILINE), "utf-8")
    problems = catalog.load_paths((path,), repo_root=tmp_path).problems
    assert {problem.code for problem in problems} == {"OFR108"}
    assert ("U+" in problems[0].message) == (not sign.isascii())
    run(path)
    assert path.read_text("utf-8") == PLAIN


def test_prose_is_not_taken_for_fields(tmp_path: Path) -> None:
    """A file that holds something else is told what a file holds."""
    path = tmp_path / "a.yaml"
    path.write_text("Our courses for the spring\nare listed below:none yet\n", "utf-8")
    [problem] = catalog.load_paths((path,), repo_root=tmp_path).problems
    assert (problem.code, problem.message) == ("OFR110", "the file holds one text")
