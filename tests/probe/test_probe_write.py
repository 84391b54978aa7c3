"""What `probe --write` does to a configuration file: comments, order and every key of the user stay."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from offerctl.config.write import with_api
from offerctl.embedded.dialects import DIALECTS
from offerctl.errors import Exit
from support.rehearsals import rehearsal

DAY = "2026-11-26"
TABLE = f"""[environments.p.api]
patch = "full"
network_key_in = {{add = "body", delete = "query"}}
probed = "{DAY}"
"""
SETTINGS = {"patch": "full", "network_key_in": {"add": "body", "delete": "query"}}
BEFORE, AFTER = (
    """# ours
default_environment = "p"  # why

[environments.p]
base_url = "https://x.example"  # the address
""",
    """
# the other one
[environments.q]
base_url = "https://y.example"
""",
)


def test_a_table_stands_below_its_environment_and_nothing_else_moves() -> None:
    """The comment of what follows stays with that."""
    assert with_api(BEFORE + AFTER, "p", SETTINGS, DAY) == f"{BEFORE}\n{TABLE}{AFTER}"


@pytest.mark.parametrize(
    "text",
    [
        'environments.p.base_url = "https://x.example"  # c\n',
        '[environments]\np = {base_url = "https://x.example"}  # c\n',
        '[environments.p]\nbase_url = "https://x.example"  # c\napi = {scheme = "bln"}\n',
        '[environments.p]\nbase_url = "https://x.example"  # c\napi.scheme = "bln"\n',
        '[environments.p]\nbase_url = """\n[x]"""  # c',
        '[ environments . p ] # c\nbase_url = "https://x.example"\n[environments.p.api]\npatch = "changed"\n',
    ],
)
def test_however_an_environment_is_written_it_is_said_and_nothing_is_lost(text: str) -> None:
    """Dotted, inline, with a table already, without a last line end: what was there wins."""
    found = tomllib.loads(with_api(text, "p", SETTINGS, DAY))
    wanted = tomllib.loads(text)
    api = wanted["environments"]["p"].setdefault("api", {})
    wanted["environments"]["p"]["api"] = {**SETTINGS, **api, "probed": DAY}
    assert found == wanted
    assert "# c" in with_api(text, "p", SETTINGS, DAY)


def test_line_ends_of_windows_stay() -> None:
    """All of them, in what is added too."""
    text = (BEFORE + AFTER).replace("\n", "\r\n")
    written = with_api(text, "p", SETTINGS, DAY)
    assert written == f"{BEFORE}\n{TABLE}{AFTER}".replace("\n", "\r\n")


def test_a_shared_file_has_the_table_below_its_own() -> None:
    """pyproject.toml."""
    text = '[tool.offerctl.environments.p]\nbase_url = "https://x.example"\n\n[tool.other]\nx = 1\n'
    written = with_api(text, "p", SETTINGS, DAY, below=("tool", "offerctl"))
    assert written == text.replace("\n\n[tool.other]", f"\n\n[tool.offerctl.{TABLE[1:]}\n[tool.other]")


def test_what_the_user_wrote_stays_and_the_difference_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong key too: the table says that what was seen differs. A second write changes nothing."""
    settings = (
        "ephemeral = true\n[environments.trial.api]  # ours\n"
        'network_key_in = "body"  # the vendor said so\nheaders = {{"x-note" = "a"}}\n'
    )
    with rehearsal(tmp_path, DIALECTS["D8"], monkeypatch, settings=settings) as it:
        assert it.run("probe", "--write") == Exit.OK
        said = capsys.readouterr().out
        assert "delete query" in said
        assert "differs" in said
        assert '+probed = "' in said
        text = (tmp_path / "offerctl.toml").read_text("utf-8")
        assert 'network_key_in = "body"  # the vendor said so\nheaders = {"x-note" = "a"}\nprobed = ' in text
        assert it.run("probe", "--write") == Exit.OK
        assert "offerctl.toml says all of it already." in capsys.readouterr().out
        assert (tmp_path / "offerctl.toml").read_text("utf-8") == text
        assert it.listed() == {}
