"""`[environments.NAME.api]` and `[standards."KEY"]`: how a Marketplace speaks, and what it lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from offerctl.api import Dialect, Header, KeyPlaces, Signs
from offerctl.config import Config, load
from offerctl.embedded.dialects import DIALECTS
from offerctl.errors import ConfigError
from offerctl.standards import BUILT_IN, Standard, StandardKey

PROD = '[environments.prod]\nbase_url = "https://marketplace.example"\nnetwork_key = "pro-34616"\n'
API = PROD + "[environments.prod.api]\n"
NEW = StandardKey("JHSC-2014-1-10171")


def written(folder: Path, text: str) -> Config:
    (folder / "offerctl.toml").write_text(text, "utf-8")
    return load(cwd=folder, environ={})


def dialect(folder: Path, text: str) -> Dialect:
    return written(folder, text).environment("prod").dialect


def refused(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        written(folder, text)
    return f"{caught.value.message} {caught.value.hint or ''}"


def test_every_key_of_the_table(tmp_path: Path) -> None:
    """None is left unread; headers are in an order of their own, so that equal tables are equal."""
    found = dialect(
        tmp_path,
        PROD + 'collection = "/OnlineOffering"\nauth = "oauth2"\n[environments.prod.api]\nscheme = "bln"\n'
        'entity = "network"\ntoken_url = "https://login.example/oauth2/token/"\npatch = "full"\n'
        'token_scope = "a b:write"\ntoken_audience = "https://api.example/"\n'
        'headers = {x-b = "1", Key = "env:OFFERCTL_FACADE_KEY"}\n'
        'network_key_in = {add = "none", delete = "query"}\n'
        'absent = {status = [404, 410], codes = [], messages = ["is not listed"]}\n'
        'exists = {status = [422], codes = ["taken"]}\n',
    )
    assert found == Dialect(
        collection="/OnlineOffering",
        auth="oauth2",
        scheme="bln",
        entity="network",
        token_url="https://login.example/oauth2/token",
        token_scope="a b:write",
        token_audience="https://api.example/",
        headers=(Header(name="Key", variable="OFFERCTL_FACADE_KEY"), Header(name="x-b", value="1")),
        network_key_in=KeyPlaces(add="none", patch="body", delete="query"),
        patch="full",
        absent=Signs(status=(404, 410), messages=("is not listed",)),
        exists=Signs(status=(422,), codes=("taken",)),
    )


def test_one_place_for_all_three(tmp_path: Path) -> None:
    """`network_key_in` as one word."""
    none = KeyPlaces(add="none", patch="none", delete="none")
    assert dialect(tmp_path, API + 'network_key_in = "none"\n').network_key_in == none


@pytest.mark.parametrize(
    ("table", "signs"),
    [
        ("", Signs(status=(404,), codes=("notFound",))),
        ("status = [410]", Signs(status=(410,), codes=("notFound",))),
        ('messages = ["gone"]', Signs(status=(404,), messages=("gone",))),
        ("codes = []", Signs(status=(404,))),
        ("status = [], codes = []", Signs()),
    ],
)
def test_what_is_not_given_has_its_default(tmp_path: Path, table: str, signs: Signs) -> None:
    """Words alone drop the default code, which would keep them from ever counting; an empty list is "any"."""
    assert dialect(tmp_path, API + f"absent = {{{table}}}\n").absent == signs


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        ('schema = "BLN"', "5:1", "unknown key `schema` Did you mean scheme?"),
        ('scheme = "B L N"', "5:1", "`scheme` must have 1 to 64"),
        ("entity = 7", "5:1", "must be text in quotes"),
        ('patch = "ful"', "5:1", "changed or full Did you mean full?"),
        ('network_key_in = "boddy"', "5:1", "body, query or none Did you mean body?"),
        ('network_key_in = {ad = "body"}', "5:19", "unknown key `ad` Did you mean add?"),
        ("network_key_in = 1", "5:1", "or a table of these for add, patch, delete"),
        ('headers = {Authorization = "x"}', "5:12", "is set by offerctl itself"),
        ('headers = {"x y" = "1"}', "5:12", "can be no header"),
        ('headers = {x = "1", X = "2"}', "5:21", "is given twice"),
        ('headers = {x = "1\\nHost: a"}', "5:12", "the character U+000A"),
        ('headers = {x = "env:AWS_SECRET_ACCESS_KEY"}', "5:12", "env:OFFERCTL_FACADE_KEY"),
        ("absent = {stat = [404]}", "5:11", "unknown key `stat` Did you mean status?"),
        ("absent = {status = [401]}", "5:11", "cannot name 401"),
        ("absent = {status = [200]}", "5:11", "cannot name 200"),
        ('absent = {status = ["404"]}', "5:11", "a list of HTTP statuses"),
        ('exists = {codes = [" "]}', "5:11", "not blank"),
        ('exists = "409"', "5:1", "must be a table"),
        ('token_url = "http://login.example/token"', "5:1", "must be https"),
        ('token_scope = "a  b"', "5:1", "a blank between them"),
        ('token_scope = "a \\"b\\""', "5:1", "a blank between them"),
        ('token_audience = "a b"', "5:1", "one name or address"),
        ('token_audience = "a\\nb"', "5:1", "the character U+000A"),
        ('token_scop = "a"', "5:1", "Did you mean token_scope?"),
        ('token_url = "https://u:p@login.example/token"', "5:1", "must not hold a user name or password"),
    ],
)
def test_a_mistake_in_the_table_is_told_with_its_place(tmp_path: Path, line: str, place: str, words: str) -> None:
    """The nearest key or word, and what to write."""
    said = refused(tmp_path, API + line)
    assert said.startswith(f"offerctl.toml:{place}: ")
    assert words in said


def test_oauth2_needs_its_endpoint(tmp_path: Path) -> None:
    """And says where to write it."""
    said = refused(tmp_path, PROD + 'auth = "oauth2"')
    assert said.startswith("offerctl.toml:4:1: ")
    assert "[environments.prod.api]" in said


def test_the_embedded_marketplace_has_no_table(tmp_path: Path) -> None:
    """Its dialect is chosen where it is served."""
    assert "is fixed" in refused(tmp_path, '[environments.local.api]\nscheme = "bln"\n')


@pytest.mark.parametrize("name", DIALECTS)
def test_what_the_table_of_dialects_names_is_configuration(tmp_path: Path, name: str) -> None:
    """The lines of each dialect are read, and those that need none have every default."""
    spoken = DIALECTS[name]
    config = written(tmp_path, PROD + spoken.settings("prod", "https://marketplace.example"))
    found = config.environment("prod").dialect
    assert found.collection == spoken.collection
    assert found.network_key_in == spoken.network_key_in
    assert found.patch == spoken.patch
    assert config.standards == spoken.standards
    assert (found == Dialect()) is (name in {"D0", "D1", "D2", "D3", "D4", "D5", "D12"})


def test_a_further_standard(tmp_path: Path) -> None:
    """Beside the built-in ones, after them."""
    config = written(tmp_path, f'[standards."{NEW}"]\nname = "JHSC - Part 1 (English)"\nlanguage = "en"\n')
    assert tuple(config.standards) == (*BUILT_IN, NEW)
    assert config.standards.get(NEW) == Standard(key=NEW, name="JHSC - Part 1 (English)", language="en")
    assert config.standards.language(NEW) == "English"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('[standards."a b"]\nname = "x"\nlanguage = "en"', "1:12", "key must have 1 to 64"),
        ('[standards."JHSC-2014-1-E-O"]\nname = "x"\nlanguage = "en"', "1:12", "built in"),
        ('[standards.X]\nnam = "x"\nlanguage = "en"', "2:1", "Did you mean name?"),
        ('[standards.X]\nlanguage = "en"', "1:12", "has no `name`"),
        ('[standards.X]\nname = "x"', "1:12", "`language` must be en or fr"),
        ('[standards.X]\nname = "x"\nlanguage = "de"', "3:1", "`language` must be en or fr"),
        ('[standards.X]\nname = "x\\u202e"\nlanguage = "en"', "2:1", "the character U+202E"),
        ('[standards.X]\nname = "\u2800"\nlanguage = "en"', "2:1", "the character U+2800"),
        (f'[standards.X]\nname = "{"x" * 256}"\nlanguage = "en"', "2:1", "has 256 characters; at most 255"),
        ('[standards]\nX = "y"', "2:1", "must be a table"),
    ],
)
def test_a_mistake_in_a_standard_is_told_with_its_place(tmp_path: Path, text: str, place: str, words: str) -> None:
    """As any other."""
    said = refused(tmp_path, text)
    assert said.startswith(f"offerctl.toml:{place}: ")
    assert words in said
