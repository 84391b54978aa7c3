"""`offerctl validate` and `offerctl explain`, as processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from offerctl.catalog.codes import Code
from offerctl.render import codes
from support.cli import offerctl

GOOD = """\
offeringId: jhsc-en-01
trainingStandardKey: JHSC-2014-1-E-O
courseName: JHSC Part One
price: 199.00
courseDuration: 19.5
externalRegistrationUrl: https://safety-training.example/jhsc-en-01
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "offerings").mkdir()
    (tmp_path / "offerings" / "a.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "offerctl.toml").write_text("", "utf-8")
    return tmp_path


def break_it(repository: Path, before: str, after: str) -> Path:
    path = repository / "offerings" / "b.yaml"
    text = GOOD.replace("jhsc-en-01", "jhsc-en-02")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")
    return path


@pytest.mark.deep
def test_right_files_are_right(repository: Path) -> None:
    """Exit 0, and a count."""
    done = offerctl("validate", cwd=repository)
    assert (done.code, done.out, done.err) == (0, "No problems in 1 file.\n", "")


def test_problems_are_exit_1(repository: Path) -> None:
    """Named from the repository, wherever the command runs."""
    break_it(repository, "price", "prise")
    for folder in (repository, repository / "offerings"):
        done = offerctl("validate", cwd=folder)
        assert done.code == 1
        assert "  --> offerings/b.yaml:4:1\n" in done.out
        assert "1 error in 2 files." in done.out


def test_an_empty_folder_is_told_and_not_praised(tmp_path: Path) -> None:
    """Exit 0, and how to begin; a script gets the same document as ever."""
    (tmp_path / "offerctl.toml").write_text("")
    (tmp_path / "offerings" / "more").mkdir(parents=True)
    for form in ("text", "concise", "github"):
        done = offerctl("validate", "--format", form, cwd=tmp_path)
        said = "There is no offering file below offerings.\nBegin: offerctl new ID\n"
        assert (done.code, done.out, done.err) == (0, said, "")
    done = offerctl("validate", "offerings/more", cwd=tmp_path)
    assert done.out.startswith("There is no offering file below offerings/more.\n")
    found = json.loads(offerctl("validate", "--format", "json", cwd=tmp_path).out)
    assert (found["valid"], found["error_count"], found["problems"]) == (True, 0, [])


@pytest.mark.parametrize(("hours", "is_long"), [("100", False), ("100.5", True), ("780", True), ("-780", False)])
def test_minutes_for_hours_are_doubted(repository: Path, hours: str, *, is_long: bool) -> None:
    """A course of more than a hundred hours is a warning; a number that is wrong is told once."""
    path = break_it(repository, "courseDuration: 19.5", f"courseDuration: {hours}")
    done = offerctl("validate", "--format", "concise", str(path), cwd=repository)
    assert ("warning[OFR214]" in done.out and "(hours, not minutes)" in done.out) is is_long
    assert done.out.count("courseDuration must be a plain number of hours such as 13") == (hours[0] == "-")


def test_warnings_are_exit_0(repository: Path) -> None:
    """And silence takes them away."""
    break_it(repository, "199.00", "0")
    done = offerctl("validate", "--format", "concise", cwd=repository)
    assert (done.code, "warning[OFR203]" in done.out) == (0, True)
    (repository / "offerctl.toml").write_text('silence = ["free"]\n', "utf-8")
    assert offerctl("validate", cwd=repository).out == "No problems in 2 files.\n"


def test_only_what_is_named_is_checked(repository: Path) -> None:
    """Files and folders, relative to the working directory."""
    break_it(repository, "price", "prise")
    assert offerctl("validate", "a.yaml", cwd=repository / "offerings").code == 0
    assert offerctl("validate", "a.yaml", "b.yaml", cwd=repository / "offerings").code == 1
    assert offerctl("validate", "offerings", cwd=repository).code == 1
    assert offerctl("validate", "nowhere.yaml", cwd=repository).code == 1


def test_a_file_is_no_duplicate_of_itself(repository: Path) -> None:
    """Named twice, in several ways, and found in a folder that is named too: it is read, told and fixed once."""
    paths = ["offerings", "offerings/b.yaml", "./offerings/../offerings/b.yaml", "offerings/", "."]
    break_it(repository, "price", "prise")
    done = offerctl("validate", *paths, "--format", "concise", cwd=repository)
    assert done.out.count("error[") == 1, str(done)
    fixed = offerctl("validate", *paths, "--fix", cwd=repository)
    assert (fixed.code, fixed.out) == (0, "No problems in 2 files.\n")
    assert fixed.err.count("fixed ") == 1


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    """On standard error, with the way on."""
    done = offerctl("validate", cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert "offerings" in done.err
    assert "offerctl.toml" in done.err


def test_a_mistyped_path_is_just_that(repository: Path) -> None:
    """Whoever names a file wants no other folder, and no new repository."""
    done = offerctl("validate", "nope.yaml", cwd=repository)
    assert (done.code, done.out) == (1, "")
    assert done.err == f"Error: there is no file or folder {repository / 'nope.yaml'}\n"


def test_json_goes_to_standard_output_alone(repository: Path) -> None:
    """With the fix that an editor can apply."""
    break_it(repository, "price", "prise")
    done = offerctl("validate", "--format", "json", cwd=repository)
    found = json.loads(done.out)
    assert (done.code, found["valid"], found["error_count"], done.err) == (1, False, 1, "")
    assert found["problems"][0]["fix"]["text"] == "price"


def test_on_a_github_runner_annotations_are_the_default(repository: Path) -> None:
    """Another format is still to be had."""
    break_it(repository, "price", "prise")
    runner = {"GITHUB_ACTIONS": "true"}
    by_itself = offerctl("validate", cwd=repository, env=runner)
    asked = offerctl("validate", "--format", "text", cwd=repository, env=runner)
    assert by_itself.out.startswith("::error file=offerings/b.yaml,line=4,col=1")
    assert asked.out.startswith("error[OFR104]")


def test_fixes_are_written_and_told(repository: Path) -> None:
    """On standard error, so that a format on standard output stays whole."""
    path = break_it(repository, "price: 199.00", "prise: $199,00")
    done = offerctl("validate", "--fix", "--format", "json", cwd=repository)
    assert (done.code, json.loads(done.out)["valid"]) == (0, True)
    assert done.err == (
        "fixed offerings/b.yaml:4:1: prise -> price (OFR104)\n"
        "fixed offerings/b.yaml:4:8: $199,00 -> 199.00 (OFR112)\n"
    )
    assert path.read_text("utf-8") == GOOD.replace("jhsc-en-01", "jhsc-en-02")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("price: 199.00", "\tprice: 199.00", r"4:1: \tprice: 199.00 -> price: 199.00 (OFR107)"),
        ("price: 199.00", "price:199.00", "4:7: price:199.00 -> price: 199.00 (OFR108)"),
        (
            "JHSC Part One",
            "JHSC\u200b Part One",
            r"3:17: courseName: JHSC\u200b Part One -> courseName: JHSC Part One",
        ),
        ("price: 199.00", "price:\u00a0199.00", r"4:7: price:\xa0199.00 -> price: 199.00 (OFR108)"),
        ("price: 199.00", "price:\n199.00", "5:1: price:… -> price: 199.00 (OFR108)"),
    ],
)
def test_a_fix_is_told_by_what_can_be_seen(repository: Path, before: str, after: str, told: str) -> None:
    """The line where only blanks or nothing went or came; what is hidden is spelled out."""
    break_it(repository, before, after)
    done = offerctl("validate", "--fix", cwd=repository)
    assert done.err.startswith(f"fixed offerings/b.yaml:{told}")


def test_the_repositorys_schema_is_used(repository: Path) -> None:
    """Where the configuration names it."""
    (repository / "own.json").write_text('{"properties": {"price": {"maximum": 100}}}', "utf-8")
    (repository / "offerctl.toml").write_text('schema = "own.json"\n', "utf-8")
    done = offerctl("validate", cwd=repository)
    assert (done.code, "`price` must be 100 or less" in done.out) == (1, True)


def test_a_code_is_explained(tmp_path: Path) -> None:
    """By number or name; an unknown one is an error that names the nearest."""
    by_number = offerctl("explain", "ofr104", cwd=tmp_path)
    by_name = offerctl("explain", "unknown-field", cwd=tmp_path)
    assert by_number.out == by_name.out
    assert by_number.out.startswith("OFR104 (unknown-field, error): Unknown field\n\n")
    assert "    price: 199.00" in by_number.out
    several = offerctl("explain", "104", "error[OFR105]", "OFR104", cwd=tmp_path)
    assert several.out.startswith(by_number.out.rstrip("\n") + "\n\n\nOFR105 (missing-field, error): ")
    assert several.out.count("OFR104 (") == 1
    wrong = offerctl("explain", "104", "OFR999", cwd=tmp_path)
    assert (wrong.code, wrong.out) == (1, "")
    assert "OFR" in wrong.err


def test_all_codes_are_listed(tmp_path: Path) -> None:
    """By `explain` alone; as a document too."""
    assert offerctl("explain", cwd=tmp_path).out == f"{codes.listed()}\n"
    assert (
        json.loads(offerctl("explain", "--format", "json", cwd=tmp_path).out)["codes"][-1]["code"] == [*Code][-1]
    )
