"""Whose configuration is taken, and how much of it."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from offerctl.config import load
from offerctl.config.bounds import MAX_DIGITS, MAX_KEY, beyond_bounds
from offerctl.config.fleet import MAX_ENVIRONMENTS
from offerctl.config.load import MAX_BYTES
from offerctl.config.places import key_places
from offerctl.errors import ConfigError
from support.strangers import give_away


def write(folder: Path, text: str, name: str = "offerctl.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def source(cwd: Path) -> Path | None:
    return load(cwd=cwd, environ={}).source


# Whose


@pytest.mark.parametrize("top", [".git/", ".git"])
def test_the_search_ends_at_the_repositorys_top(tmp_path: Path, top: str) -> None:
    """A folder or, in a work tree of its own, a file marks it; what is above is of another project."""
    write(tmp_path, "")
    work = tmp_path / "repo" / "a" / "b"
    work.mkdir(parents=True)
    assert source(work) == tmp_path / "offerctl.toml", "outside of any repository it goes on"
    (tmp_path / "repo" / ".git").mkdir() if top.endswith("/") else (tmp_path / "repo" / ".git").touch()
    assert source(work) is None
    inside = write(tmp_path / "repo", "")
    assert source(work) == inside


@pytest.mark.parametrize("mode", [0o777, 0o1777])
def test_outside_of_a_repository_the_search_ends_where_others_may_write(tmp_path: Path, mode: int) -> None:
    """As in /tmp: the folder itself, and all above it; the working folder is the user's own choice."""
    write(tmp_path, "")
    write(tmp_path / "open", "")
    work = tmp_path / "open" / "work"
    work.mkdir()
    (tmp_path / "open").chmod(mode)
    assert source(work) is None
    assert source(tmp_path / "open") == tmp_path / "open" / "offerctl.toml"


def test_outside_of_a_repository_the_search_ends_where_a_stranger_owns_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who owns a folder decides what stands in it."""
    write(tmp_path / "theirs", "")
    work = tmp_path / "theirs" / "work"
    work.mkdir()
    give_away(tmp_path / "theirs", monkeypatch)
    assert source(work) is None


@pytest.mark.parametrize("name", ["offerctl.toml", "pyproject.toml"])
def test_a_strangers_file_is_refused_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Not passed over: the user may have meant it, and then names it."""
    path = write(tmp_path, "[tool.offerctl]\n" if name == "pyproject.toml" else "", name)
    give_away(path, monkeypatch)
    with pytest.raises(ConfigError, match=f"{name} cannot be read: it belongs to another user") as raised:
        load(cwd=tmp_path, environ={})
    assert raised.value.hint is not None
    assert "--config FILE" in raised.value.hint
    assert load(cwd=tmp_path, environ={}, file=Path(name)).source == path
    assert load(cwd=tmp_path, environ={"OFFERCTL_CONFIG": name}).source == path


def test_a_linked_configuration_is_refused(tmp_path: Path) -> None:
    """Where it is found; one that is named may be a link."""
    write(tmp_path, "", "real.toml")
    (tmp_path / "offerctl.toml").symlink_to("real.toml")
    with pytest.raises(ConfigError, match=r"offerctl\.toml cannot be read: it is a symbolic link"):
        load(cwd=tmp_path, environ={})
    assert load(cwd=tmp_path, environ={}, file=Path("offerctl.toml")).source == tmp_path / "offerctl.toml"


# How much


def refusal(tmp_path: Path, text: str) -> str:
    write(tmp_path, text)
    with pytest.raises(ConfigError) as raised:
        load(cwd=tmp_path, environ={})
    return raised.value.message


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    """256 KiB, to the byte."""
    assert source(write(tmp_path, "#" * MAX_BYTES).parent)
    assert "it has 262,145 bytes, and may have at most 262,144" in refusal(tmp_path, "#" * (MAX_BYTES + 1))


def test_a_key_of_many_parts_costs_nothing(tmp_path: Path) -> None:
    """20,000 parts would take gigabytes; its place is told. In a table's header, in quotes and with blanks too."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    parts = ["a"] * 20_000
    for key in (".".join(parts), " . ".join(parts), '."b".'.join(parts), ".'b'.".join(parts)):
        for text in (f"# one\n{key} = 1\n", f"# one\n[{key}]\n", f"# one\n[[ {key} ]]\n"):
            assert "offerctl.toml:2:" in (said := refusal(tmp_path, text))
            assert f"characters; it may have at most {MAX_KEY}" in said
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


@pytest.mark.parametrize("key", ["k" * 201, '"' + "k" * 201 + '"', "'" + "k" * 201 + "'"])
def test_a_key_has_at_most_200_characters(tmp_path: Path, key: str) -> None:
    """A value may have more."""
    assert "a key of" in refusal(tmp_path, f"{key} = 1\n")
    assert beyond_bounds(f"k = {key}\n[k]\nl = [{key}, {key}]\n# {key} = 1\n") is None


@pytest.mark.parametrize("number", ["{}", "-{}", "+{}", "1.{}", "{}.0", "1e{}", "{}_000"])
def test_a_number_has_at_most_20_digits(tmp_path: Path, number: str) -> None:
    """5,000 would be no error of TOML's but one of Python's; in texts, comments and times they are at home."""
    assert f"a number with more than {MAX_DIGITS} digits" in refusal(
        tmp_path, f"lease = {number.format('9' * 5_000)}\n"
    )
    for text in (
        f'a = "{"9" * 50}"',
        f"a = '{'9' * 50}'",
        f'a = """\n{"9" * 50}"""',
        f"a = '''\n{'9' * 50}'''",
        f"a = 1 # {'9' * 50}",
        "a = 1979-05-27T00:32:00.999999999-07:00",
        f"a = [{'9' * 20}, {'9' * 20}]",
    ):
        assert beyond_bounds(text) is None, text


@pytest.mark.parametrize(
    "text", ['"""\\' * 40_000, "'''" * 80_001, '"' * 262_143, "'" * 262_143, 'a = "\n' * 40_000, "a = [" * 50_000]
)
def test_what_is_no_toml_is_left_to_toml(tmp_path: Path, text: str) -> None:
    """Strings without an end, lists without one: the scan ends, and the usual error tells it."""
    assert beyond_bounds(text) is None
    assert "offerctl.toml" in refusal(tmp_path, text)


def test_a_thousand_environments_are_enough(tmp_path: Path) -> None:
    """One more is told; so are 15,000, which fit the file."""
    line = "[environments]\n" + "".join(f"e{n} = {{}}\n" for n in range(MAX_ENVIRONMENTS + 1))
    assert "there are 1,001 environments; a configuration has at most 1,000" in refusal(tmp_path, line)
    line = "[environments]\n" + "".join(f"e{n} = {{}}\n" for n in range(15_000))
    assert "there are 15,000 environments" in refusal(tmp_path, line)


def test_a_message_is_bounded_whatever_it_quotes(tmp_path: Path) -> None:
    """A value of 200,000 characters is not told in full."""
    message = refusal(tmp_path, f'default_environment = "{"x" * 200_000}"\n')
    assert message.startswith("offerctl.toml:1:1: there is no environment `xxx")
    assert len(message) < 500


def test_places_are_right_in_a_large_file() -> None:
    """Each line is counted once, whatever the number of keys."""
    text = "".join(f"k{number} = 1\n\n" for number in range(20_000))
    assert key_places(text)["k19999",] == (39_999, 1)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody would ever write into it."""
    os.mkfifo(tmp_path / "offerctl.toml")
    with pytest.raises(ConfigError, match="it is a pipe or a device"):
        load(cwd=tmp_path, environ={})
