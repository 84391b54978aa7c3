"""What is opened and what is not: links, devices, pipes, sizes, names."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from offerctl import canon, catalog
from offerctl.catalog import discover
from offerctl.catalog.codes import Code
from offerctl.catalog.problem import InvalidDocument, Problem
from offerctl.desired import RememberedValues
from offerctl.disk import Folder
from offerctl.errors import CatalogError
from offerctl.offering import Desired

GOOD = """\
offeringId: {id}
trainingStandardKey: JHSC-2014-1-E-O
courseName: JHSC Part One
price: 199.00
courseDuration: 19.5
externalRegistrationUrl: https://safety-training.example/{id}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "offerings"
    made.mkdir()
    return made


def write(path: Path, offering_id: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(GOOD.format(id=offering_id), "utf-8")
    return path


def said(folder: Path) -> list[tuple[Code, str, str]]:
    return [(problem.code, problem.file, problem.message) for problem in catalog.load(folder).problems]


def test_files_are_found_at_any_depth(folder: Path) -> None:
    """By their suffix; what begins with a dot or an underscore is left alone, and files that hold no offering."""
    for name in ("a.yaml", "b/c.yml", "b/d/e/f.yaml"):
        write(folder / name, name.replace("/", "-"))
    for name in (".h.yaml", "_i.yaml", ".j/k.yaml", "_l/m.yaml", "_n.txt", ".o"):
        write(folder / name, "left-alone")
    (folder / "p.txt").write_text("offeringId: ask Marie\nprice: as last year\n", "utf-8")
    guide = f"# Courses\n\nA file looks so:\n\n{GOOD.format(id='x')}\n" + "Ask for a review, then wait.\n" * 9
    (folder / "README.md").write_text(guide, "utf-8")
    (folder / "q.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    found = catalog.load(folder)
    assert not found.problems
    assert found.files == 3
    assert {desired.file for desired in found.desired.values()} == {
        "offerings/a.yaml",
        "offerings/b/c.yml",
        "offerings/b/d/e/f.yaml",
    }


def test_a_folder_that_is_too_deep_is_a_problem_and_nothing_in_it_is_looked_at(folder: Path) -> None:
    """16 folders in each other are read; the next one is named, once, however deep it goes on."""
    parts = [f"d{number}" for number in range(1, 17)]
    deepest = folder.joinpath(*parts)
    (deepest / "further" / "more" / "most").mkdir(parents=True)
    write(deepest / "a-1.yaml", "a-1")
    found = discover.find([folder], folder)
    way = "/".join(parts)
    assert [one.file for one in found] == [f"{way}/a-1.yaml", f"{way}/further/"]
    assert found[1] == Problem(
        code=Code.UNREADABLE,
        file=f"{way}/further/",
        message="the folder is not looked into: it is more than 16 folders deep",
        hint="move it up",
    )


def test_a_file_whose_ending_is_almost_right_is_an_error(folder: Path) -> None:
    """It is not read, and its listing would be deleted without a word; what is left alone by its name stays so."""
    for name in ("a.YAML", "b/c.Yml", "d.yaml.txt", "E.YML.TXT", "f.yaml", "f.yaml.txt"):
        write(folder / name, "of-no-interest")
    for name in (".g.YAML", "_h.yaml.txt", "j.yaml.txt.gz"):
        write(folder / name, "left-alone")
    assert said(folder) == [
        (Code.MISNAMED, "offerings/E.YML.TXT", "E.YML.TXT is not read: rename it to E.yml"),
        (Code.MISNAMED, "offerings/a.YAML", "a.YAML is not read: rename it to a.yaml"),
        (Code.MISNAMED, "offerings/b/c.Yml", "c.Yml is not read: rename it to c.yml"),
        (Code.MISNAMED, "offerings/d.yaml.txt", "d.yaml.txt is not read: rename it to d.yaml"),
        (Code.MISNAMED, "offerings/f.yaml.txt", "f.yaml.txt is not read: f.yaml is there, too"),
    ]


def test_a_file_that_holds_an_offering_and_is_not_read_is_an_error(folder: Path) -> None:
    """Whatever its ending or folder: its listing would be missing. A file that cannot hold one is not opened."""
    for name in ("a.yaml", "b", "c/d.yalm", "e.yaml.bak", "a.yaml~", "f.txt", "g.v2", "h.md"):
        write(folder / name, f"id-{name[0]}")
    (folder / "i.txt").write_bytes(GOOD.format(id="i").encode("utf-16"))
    (folder / "j.png").write_text(GOOD.format(id="j"), "utf-8")
    with (folder / "huge").open("wb") as file:
        file.truncate(50_000_000)
    os.mkfifo(folder / "pipe")
    told = [(file, message.partition(": ")[2]) for _, file, message in said(folder)]
    assert told == [
        ("offerings/a.yaml~", "a.yaml is there, too; delete it"),
        ("offerings/b", "rename it to b.yaml"),
        ("offerings/c/d.yalm", "rename it to d.yaml"),
        ("offerings/e.yaml.bak", "rename it to e.yaml"),
        ("offerings/f.txt", "rename it to f.yaml"),
        ("offerings/g.v2", "rename it to g.v2.yaml"),
        ("offerings/h.md", "rename it to h.yaml"),
        ("offerings/i.txt", "rename it to i.yaml"),
    ]


@pytest.mark.parametrize(
    "copy",
    [
        "jhsc-en-01 (1)",
        "jhsc-en-01 - Copy",
        "Copie de jhsc-en-01",
        "a",
        "jhsc-en-01-PC",
        "z",
        "jhsc-en-01 2",
        "JHSC",
    ],
)
def test_a_copy_is_told_at_the_copy(folder: Path, copy: str) -> None:
    """Never at the file that is named as its offering, whatever the order of names; nor is its address told."""
    write(folder / "jhsc-en-01.yaml", "jhsc-en-01")
    other = write(folder / f"{copy}.yaml", "jhsc-en-01")
    [problem] = catalog.load(folder).problems
    assert (problem.code, problem.file) == (Code.DUPLICATE_ID, f"offerings/{copy}.yaml")
    assert problem.hint == "it is the same as jhsc-en-01.yaml; delete it"
    other.write_text(f"{other.read_text('utf-8')}protect: true\n", "utf-8")
    assert [p.hint for p in catalog.load(folder).problems] == ["delete it, or give it another offeringId"]


def test_the_later_file_in_the_order_of_names_is_the_duplicate(folder: Path) -> None:
    """Names count as a whole, folders and all: `a/b-c.yaml`, `a/b/y.yaml`, `b.yaml`, as git lists them."""
    for name in ("b.yaml", "a/b/y.yaml", "c/a.yaml", "a/b-c.yaml"):
        write(folder / name, "jhsc-en-01")
    found = catalog.load(folder)
    duplicates = [problem for problem in found.problems if problem.code is Code.DUPLICATE_ID]
    names = [f"offerings/{name}.yaml" for name in ("a/b-c", "a/b/y", "b", "c/a")]
    assert [problem.file for problem in duplicates] == names[1:]
    assert all(f"is the offeringId of {names[0]}:1, too;" in problem.message for problem in duplicates)
    assert found.desired["jhsc-en-01"].file == names[0]


def test_a_file_to_which_several_paths_lead_counts_once(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Itself, its folder, and its folder by a link of the user's, which lies outside of the repository."""
    one = write(folder / "sub" / "a.yaml", "jhsc-en-01")
    two = write(folder / "b.yaml", "jhsc-en-02")
    link = tmp_path_factory.mktemp("elsewhere") / "link"
    link.symlink_to(folder.parent)
    paths = [
        one,
        folder,
        folder / "sub" / ".." / "b.yaml",
        link / "offerings",
        folder / "sub",
        two,
    ]
    for named in (paths, paths[::-1]):
        found = catalog.load_paths(named, repo_root=folder.parent)
        assert not found.problems
        assert found.files == 2


def test_one_file_in_other_letters_counts_once_and_a_second_link_does_not(folder: Path) -> None:
    """A disk that does not tell capitals apart shows one file by both names, as a hard link does here."""
    one = write(folder / "a.yaml", "jhsc-en-01")
    (folder / "A.yaml").hardlink_to(one)
    assert not catalog.load_paths((one, folder / "A.yaml"), repo_root=folder.parent).problems
    (folder / "b.yaml").hardlink_to(one)
    found = catalog.load_paths((one, folder / "b.yaml"), repo_root=folder.parent)
    assert {problem.code for problem in found.problems} == {Code.DUPLICATE_ID}


def test_files_are_named_from_the_repository(folder: Path) -> None:
    """Whatever the working directory, and wherever the folder lies."""
    write(folder / "x" / "a.yaml", "a")
    inner = catalog.load(folder / "x", repo_root=folder.parent).desired["a"].file
    same = catalog.load(folder / "x", repo_root=folder / "x").desired["a"].file
    assert (inner, same) == ("offerings/x/a.yaml", "a.yaml")


@pytest.mark.parametrize("kind", ["missing", "file", "link", "broken"])
def test_a_folder_that_is_none_is_an_error(tmp_path: Path, kind: str) -> None:
    """Never an empty catalogue, which would delete every listing."""
    root = tmp_path / "offerings"
    match kind:
        case "file":
            write(root, "a")
        case "link":
            write(tmp_path / "other" / "a.yaml", "a")
            root.symlink_to(tmp_path / "other")
        case "broken":
            root.symlink_to(tmp_path / "nowhere")
        case _:
            pass
    with pytest.raises(CatalogError):
        catalog.load(root)


@pytest.mark.parametrize("target", ["real.yaml", "/dev/zero", "/dev/stdin", "nowhere", "link.yaml", "."])
def test_symbolic_links_are_not_followed(folder: Path, target: str) -> None:
    """To a file, a device, nothing, itself, or a folder: each is one problem, at once, without a frame."""
    write(folder / "real.yaml", "real")
    (folder / "link.yaml").symlink_to(target)
    found = catalog.load(folder)
    assert list(found.desired) == ["real"]
    assert [(p.code, p.file, p.message, p.source) for p in found.problems] == [
        (Code.NOT_A_FILE, "offerings/link.yaml", "symbolic links are not followed", None)
    ]


@pytest.mark.parametrize("target", ["../elsewhere", "loop", "."])
def test_a_linked_folder_is_a_problem(folder: Path, target: str) -> None:
    """Its offerings would silently be missing, and then be deleted."""
    write(folder.parent / "elsewhere" / "a.yaml", "a")
    (folder / "loop").symlink_to(target)
    assert said(folder) == [(Code.NOT_A_FILE, "offerings/loop", "symbolic links are not followed")]


def test_other_links_are_left_alone(folder: Path) -> None:
    """A link to a file that is no offering hides none."""
    (folder.parent / "LICENSE").write_text("free", "utf-8")
    (folder / "LICENSE").symlink_to("../LICENSE")
    assert said(folder) == []


def test_pipes_and_folders_are_not_read(folder: Path) -> None:
    """A pipe would wait for its writer for ever."""
    os.mkfifo(folder / "pipe.yaml")
    write(folder / "folder.yaml" / "inside.yaml", "inside")
    assert said(folder) == [
        (Code.NOT_A_FILE, "offerings/folder.yaml", "a folder cannot be an offering"),
        (Code.NOT_A_FILE, "offerings/pipe.yaml", "devices and pipes are not read"),
    ]


def test_a_huge_file_is_not_opened(folder: Path) -> None:
    """50 MB that take no room on the disk, and none in memory."""
    with (folder / "big.yaml").open("wb") as file:
        file.truncate(50_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert [code for code, *_ in said(folder)] == [Code.TOO_BIG]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


@pytest.mark.parametrize(("size", "codes"), [(65536, []), (65537, [Code.TOO_BIG])])
def test_the_limit_is_64_kib(folder: Path, size: int, codes: list[Code]) -> None:
    """To the byte."""
    path = write(folder / "a.yaml", "a")
    path.write_bytes(path.read_bytes().ljust(size, b"#"))
    assert [code for code, *_ in said(folder)] == codes


def test_a_file_that_vanishes_is_a_problem(folder: Path) -> None:
    """Between the listing and the opening."""
    gone = discover.OfferingFile(Folder(folder), "gone.yaml", "offerings/gone.yaml")
    with pytest.raises(InvalidDocument) as raised:
        discover.contents(gone)
    assert [problem.code for problem in raised.value.problems] == [Code.UNREADABLE]


@pytest.mark.parametrize(
    "name", [b"a\nb.yaml", b"a\x1b[2J.yaml", b"caf\xe9.yaml", "a\u202eb.yaml".encode(), b"\n.YML"]
)
def test_a_name_that_cannot_be_shown_is_refused(folder: Path, name: bytes) -> None:
    """Line breaks, escape sequences, bytes that are no UTF-8, reversed text."""
    path = os.path.join(os.fsencode(folder), name)  # noqa: PTH118 - pathlib knows no bytes
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - the same
        file.write(GOOD.format(id="a"))
    found = catalog.load(folder)
    assert [problem.code for problem in found.problems] == [Code.UNREADABLE]
    assert not found.desired
    found.problems[0].file.encode()


def test_no_file_stays_open(folder: Path) -> None:
    """Neither good nor refused ones leak a descriptor."""
    for number in range(20):
        write(folder / f"{number}.yaml", f"id-{number}")
        (folder / f"bad-{number}.yaml").write_bytes(b"\xff")
        (folder / f"link-{number}.yaml").symlink_to("/dev/zero")
    before = sorted(_descriptors())
    assert len(catalog.load(folder).problems) == 40
    assert sorted(_descriptors()) == before


def _descriptors() -> Iterator[int]:
    for number in range(256):
        try:
            os.fstat(number)
        except OSError:
            continue
        yield number


def test_a_file_named_outright_is_read_whatever_its_name(folder: Path) -> None:
    """And the others are not."""
    write(folder / "other.yaml", "other")
    one = write(folder / "_draft.txt", "draft")
    found = catalog.load_paths((one,), repo_root=folder.parent)
    assert [desired.file for desired in found.desired.values()] == ["offerings/_draft.txt"]


def test_a_known_file_is_not_parsed_again(folder: Path) -> None:
    """Its offering is taken as remembered; a changed byte, name or schema makes it unknown."""
    path = write(folder / "a.yaml", "a")
    first = catalog.load(folder)
    known = {want.file: remembered(want, first.digests[id_]) for id_, want in first.desired.items()}
    again = catalog.load(folder, known=known)
    assert (again.remembered, dict(again.desired)) == (frozenset({"a"}), dict(first.desired))
    assert not again.digests
    narrower = catalog.load(folder, known=known, schema={"properties": {"price": {"maximum": 1}}})
    assert [problem.code for problem in narrower.problems] == [Code.SCHEMA]
    path.rename(folder / "b.yaml")
    renamed = catalog.load(folder, known=known)
    assert (renamed.remembered, renamed.digests, renamed.desired["a"].file) == (
        frozenset(),
        first.digests,
        "offerings/b.yaml",
    )
    write(folder / "a.yaml", "b")
    (folder / "b.yaml").unlink()
    assert [*catalog.load(folder, known=known).desired] == ["b"]


@pytest.mark.parametrize("lie", ["price", "protect", "digest", "another id"])
def test_what_is_remembered_counts_only_where_the_files_bytes_prove_it(folder: Path, lie: str) -> None:
    """Whoever wrote it down: a price that the file does not name is no reason to leave the file unread."""
    write(folder / "a.yaml", "a")
    first = catalog.load(folder)
    [want] = first.desired.values()
    true = remembered(want, first.digests["a"])
    lies = {
        "price": true._replace(attributes=true.attributes.replace(b"199", b"1")),
        "protect": true._replace(protect=True),
        "digest": true._replace(digest="0" * 64),
        "another id": true._replace(attributes=true.attributes.replace(b'"a"', b'"b"')),
    }
    found = catalog.load(folder, known={want.file: lies[lie]})
    assert (found.remembered, dict(found.desired)) == (frozenset(), {"a": want})


def remembered(want: Desired, digest: str) -> RememberedValues:
    """What a state remembers of a file."""
    offering, url = want.offering, want.offering.external_registration_url
    attributes = canon.compact(offering.attributes())
    return RememberedValues(offering.offering_id, url, attributes, want.file, want.protect, digest)


def test_copies_that_share_an_address_are_told_as_copies(folder: Path) -> None:
    """Each has another's id, and only they have that address: it is the ids that must change first."""
    for name, id_, page in (("a", "a", "a"), ("a-copy", "a", "c"), ("b", "b", "b"), ("b-copy", "b", "c")):
        path = write(folder / f"{name}.yaml", id_)
        path.write_text(
            path.read_text("utf-8").replace(f"safety-training.example/{id_}", f"p.example/{page}"), "utf-8"
        )
    assert [(code, file) for code, file, _ in said(folder)] == [
        (Code.DUPLICATE_ID, "offerings/a-copy.yaml"),
        (Code.DUPLICATE_ID, "offerings/b-copy.yaml"),
    ]


def test_a_file_with_a_warning_is_never_known(folder: Path) -> None:
    """Otherwise its warning would show once only."""
    path = write(folder / "a.yaml", "a")
    path.write_text(path.read_text("utf-8").replace("199.00", "0"), "utf-8")
    found = catalog.load(folder, silence=frozenset({"free"}))
    assert (len(found.desired), dict(found.digests), found.problems) == (1, {}, ())
