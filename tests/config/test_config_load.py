"""The configuration: where it is found, what it says, and how its mistakes are told."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offerctl.api import Dialect
from offerctl.config import Config, Environment, load
from offerctl.errors import ConfigError

PROD = '[environments.prod]\nbase_url = "https://marketplace.example"\nnetwork_key = "pro-34616"\n'


def written(folder: Path, text: str, name: str = "offerctl.toml") -> Config:
    """The configuration of a folder with this file in it."""
    (folder / name).write_text(text, "utf-8")
    return load(cwd=folder, environ={})


def refused(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> ConfigError:
    """The error that this file ends in."""
    (folder / "offerctl.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(cwd=folder, environ=environ or {}).environment()
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        f"x = {'[' * 3000}",
        f"x = {'[' * 400}{']' * 400}",
        f"x = {'[' * 3000}{']' * 3000}",
        f"x = {'{a = ' * 3000}",
    ],
    ids=["torn", "400", "3000", "tables"],
)
def test_what_nests_without_end_is_refused(tmp_path: Path, text: str) -> None:
    """As one error with the file's name, whether or not it would be TOML."""
    assert refused(tmp_path, text).message.startswith("offerctl.toml nests arrays or tables too deeply to be read")


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    """The working directory is the root, and the embedded Marketplace is there."""
    assert load(cwd=tmp_path, environ={}) == Config(
        root=tmp_path,
        source=None,
        offerings=tmp_path / "offerings",
        schema=tmp_path / "schema/offering.schema.json",
        default_environment="local",
        environments={
            "local": Environment(
                name="local",
                base_url="local:",
                network_key="local",
                state="file:.offerctl/local.state.json",
                state_is_default=True,
                dialect=Dialect(),
                parallelism=4,
                timeout=30.0,
                lease=10.0,
                settle_window=0.0,
                ephemeral=False,
                allow_replace=False,
                max_deletes=3,
            )
        },
        silence=frozenset(),
    )


def test_a_real_environment_has_the_documented_defaults(tmp_path: Path) -> None:
    """What the manual's table shows is what holds."""
    assert written(tmp_path, PROD).environment("prod") == Environment(
        name="prod",
        base_url="https://marketplace.example",
        network_key="pro-34616",
        state="file:.offerctl/prod.state.json",
        state_is_default=True,
        dialect=Dialect(),
        parallelism=4,
        timeout=30.0,
        lease=120.0,
        settle_window=120.0,
        ephemeral=False,
        allow_replace=False,
        max_deletes=3,
    )


def test_every_key_can_be_set(tmp_path: Path) -> None:
    """No documented key is left unread."""
    config = written(
        tmp_path,
        'offerings = "listings"\nschema = "own.json"\ndefault_environment = "trial"\n'
        'silence = ["OFR201", "OFR203"]\n'
        '[environments.trial]\nbase_url = "http://127.0.0.1:8080/sub/"\nnetwork_key = "pro-1"\n'
        'collection = "/v3/things"\nstate = "git:states/trial"\nauth = "bearer"\nparallelism = 64\ntimeout = 0.2\n'
        "lease = 0.2\nsettle_window = 0.2\nephemeral = true\nallow_replace = true\nmax_deletes = 0\n",
    )
    assert (config.offerings, config.schema) == (tmp_path / "listings", tmp_path / "own.json")
    assert config.silence == {"OFR201", "OFR203"}
    assert config.environment() == Environment(
        name="trial",
        base_url="http://127.0.0.1:8080/sub",
        network_key="pro-1",
        dialect=Dialect(collection="/v3/things", auth="bearer"),
        state="git:states/trial",
        state_is_default=False,
        parallelism=64,
        timeout=0.2,
        lease=0.2,
        settle_window=0.2,
        ephemeral=True,
        allow_replace=True,
        max_deletes=0,
    )


def test_the_file_is_found_upwards_and_its_folder_is_the_root(tmp_path: Path) -> None:
    """Commands work from any folder below."""
    (tmp_path / "offerctl.toml").write_text(PROD)
    below = tmp_path / "offerings" / "deep"
    below.mkdir(parents=True)
    config = load(cwd=below, environ={})
    assert (config.root, config.source) == (tmp_path, tmp_path / "offerctl.toml")
    assert "prod" in config.environments


def test_pyproject_serves_too_and_offerctl_toml_comes_first(tmp_path: Path) -> None:
    """In one folder the tool's own file wins; the table of pyproject.toml is read where it stands alone."""
    (tmp_path / "pyproject.toml").write_text('[tool.offerctl]\nofferings = "shared"\n')
    assert load(cwd=tmp_path, environ={}).offerings == tmp_path / "shared"
    (tmp_path / "offerctl.toml").write_text('offerings = "own"\n')
    assert load(cwd=tmp_path, environ={}).offerings == tmp_path / "own"


def test_a_pyproject_of_something_else_is_passed_over(tmp_path: Path) -> None:
    """The search goes on above it."""
    (tmp_path / "offerctl.toml").write_text(PROD)
    below = tmp_path / "package"
    below.mkdir()
    (below / "pyproject.toml").write_text('[project]\nname = "other"\n[tool.ruff]\n')
    assert load(cwd=below, environ={}).root == tmp_path


def test_a_named_file_wins_over_the_variable_and_both_over_the_search(tmp_path: Path) -> None:
    """--config, then OFFERCTL_CONFIG, then what is found; relative names start at the working directory."""
    for name in ("offerctl.toml", "given.toml", "variable.toml"):
        (tmp_path / name).write_text(f'offerings = "{name.removesuffix(".toml")}"\n')
    environ = {"OFFERCTL_CONFIG": "variable.toml"}
    assert load(cwd=tmp_path, environ=environ, file=Path("given.toml")).offerings.name == "given"
    assert load(cwd=tmp_path, environ=environ).offerings.name == "variable"
    assert load(cwd=tmp_path, environ={"OFFERCTL_CONFIG": ""}).offerings.name == "offerctl"


def test_a_named_file_that_is_missing_or_says_nothing_is_an_error(tmp_path: Path) -> None:
    """It is never replaced by another in silence."""
    (tmp_path / "offerctl.toml").write_text("")
    with pytest.raises(ConfigError, match=r"nowhere\.toml cannot be read"):
        load(cwd=tmp_path, environ={}, file=Path("nowhere.toml"))
    (tmp_path / "pyproject.toml").write_text("[tool.other]\n")
    with pytest.raises(ConfigError, match=r"no table \[tool\.offerctl\]"):
        load(cwd=tmp_path, environ={}, file=Path("pyproject.toml"))


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ('ofers = "x"', "1:1", "unknown key `ofers`"),
        ('\n\nofferingz = "x"', "3:1", "unknown key `offeringz`. Did you mean offerings?"),
        (PROD + "paralelism = 3", "4:1", "unknown key `paralelism`. Did you mean parallelism?"),
        (PROD + "  timeout = '30'", "4:3", "number of seconds"),
        (PROD + "timeout = 0.1", "4:1", "from 0.2 to 86400 seconds"),
        (PROD + "timeout = nan", "4:1", "number of seconds"),
        (PROD + "lease = inf", "4:1", "number of seconds"),
        (PROD + "lease = true", "4:1", "number of seconds"),
        (PROD + "settle_window = -1", "4:1", "from 0 to 86400 seconds"),
        (PROD + "parallelism = 0", "4:1", "from 1 to 64"),
        (PROD + "parallelism = 65", "4:1", "from 1 to 64"),
        (PROD + "parallelism = 4.0", "4:1", "whole number"),
        (PROD + "parallelism = true", "4:1", "whole number"),
        (PROD + "max_deletes = -1", "4:1", "from 0"),
        (PROD + "ephemeral = 1", "4:1", "true or false"),
        (PROD + 'auth = "basic"', "4:1", "bln, bearer or oauth2"),
        (PROD + 'collection = "api"', "4:1", "must be a path"),
        (PROD + 'collection = "/a/../b"', "4:1", "must be a path"),
        (PROD + 'collection = "/a?b"', "4:1", "must be a path"),
        (PROD + 'state = "s3://bucket"', "4:1", "is s3://BUCKET/KEY or az://CONTAINER/KEY"),
        (PROD + 'state = "az://container/../key"', "4:1", "is s3://BUCKET/KEY or az://CONTAINER/KEY"),
        (PROD + 'state = "gs://bucket/key"', "4:1", "or in a bucket: s3://BUCKET/KEY"),
        (PROD + 'endpoint = "https://minio.example"', "4:1", "belongs to a state in a bucket"),
        (PROD + 'state = "s3://bucket/key"\nendpoint = "http://minio.example"', "5:1", "must be https"),
        (
            PROD + 'state = "s3://bucket/key"\nendpoint = "http://127.0.0.1:9000"',
            "5:1",
            "`allow_http = true` goes with",
        ),
        (PROD + 'state = "s3://bucket/key"\nallow_http = true', "5:1", "`allow_http = true` goes with"),
        (PROD + 'state = "prod.json"', "4:1", "file:PATH, git or git:BRANCH"),
        (PROD + 'state = "file:"', "4:1", "file:PATH, git or git:BRANCH"),
        (PROD + 'state = "git:"', "4:1", "file:PATH, git or git:BRANCH"),
        (PROD + 'state = "git:a..b"', "4:1", "file:PATH, git or git:BRANCH"),
        (PROD + 'state = "git:-force"', "4:1", "file:PATH, git or git:BRANCH"),
        (PROD + 'state = "git:HEAD"', "4:1", "file:PATH, git or git:BRANCH"),
        (PROD + 'state = "git:refs/heads/main"', "4:1", "file:PATH, git or git:BRANCH"),
        (PROD + 'state = "file:/"', "4:1", "file:PATH, git or git:BRANCH"),
        (PROD + 'state = "file:../prod.json"', "4:1", "below the folder of the configuration file"),
        (PROD + 'state = "file:a/../../prod.json"', "4:1", 'state = "file:/PATH"'),
        (PROD + 'state = "file:a/.."', "4:1", "below the folder of the configuration file"),
        (PROD + r'state = "file:a\u0000b"', "4:1", "U+0000"),
        (r'offerings = "a\u0000b"', "1:1", "U+0000"),
        (r'schema = "a\u0000b"', "1:1", "U+0000"),
        (r'offerings = "offerings\u2800"', "1:1", "U+2800"),
        (r'schema = "\uf8ff/offering.schema.json"', "1:1", "U+F8FF"),
        (PROD + r'state = "file:e\u0301\u0301\u0301\u0301\u0301.json"', "4:1", "U+0301"),
        ("schema = '../offering.schema.json'", "1:1", "`schema` must lie below the folder"),
        ("schema = '/offering.schema.json'", "1:1", "`schema` must lie below the folder"),
        (PROD + 'state = ""', "4:1", "`state` is empty"),
        ("[environments.prod]\nnetwork_key = 'x'", "1:15", "no `base_url`"),
        ("environments.prod = 3", "1:14", "must be a table"),
        ("[[environments.prod]]", "1:16", "must be a table"),
        ("[environments.'a/b']\n", "1:15", "name of an environment"),
        ("[environments.local]\nbase_url = 'https://marketplace.example'", "2:1", "is fixed"),
        ("[environments.local]\nnetwork_key = 'x'", "2:1", "is fixed"),
        ("[environments.local]\nlaese = 1", "2:1", "Did you mean lease?"),
        ("default_environment = 'prodd'\n" + PROD, "1:1", "no environment `prodd`. Did you mean prod?"),
        ("offerings = 3", "1:1", "must be text"),
        ("offerings = '../elsewhere'", "1:1", "below the folder"),
        ("silence = 'OFR201'", "1:1", "list of texts"),
        ("silence = [1]", "1:1", "list of texts"),
        (
            PROD + 'silence = ["free"]',
            "4:1",
            "`silence` is no part of [environments.prod], which it stands in: write it above the first [table].",
        ),
        ("[policy]\ndefault_environment = 'prod'", "2:1", "no part of [policy], which it stands in"),
        ("a = \u201cb\u201d", "1:5", 'quotes are straight in TOML: write " where \u201c stands'),
        ('silence = ["free\u201d]\n', "1:19", 'write " where \u201d stands'),
        ("offerings = \u2018a\u2019", "1:13", 'write " where \u2018 stands'),
        (
            "a = 'l\u2019offre' b",
            "1:15",
            "this is not TOML: Expected newline or end of document after a statement",
        ),
        ("a = = b", "1:5", "this is not TOML"),
        ("offerings = 'a'\nofferings 'b'", "2:11", "this is not TOML"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_to_write(
    tmp_path: Path, text: str, where: str, words: str
) -> None:
    """File, line and column come first, as every editor understands them."""
    error = refused(tmp_path, text)
    assert error.message.startswith(f"offerctl.toml:{where}: ")
    assert words in f"{error.message}. {error.hint}"


def test_in_a_shared_file_the_top_is_below_a_header(tmp_path: Path) -> None:
    """A key of all environments that stands in the table after it belongs above that."""
    text = '[tool.offerctl]\nofferings = "a"\n[tool.offerctl.policy]\nsilence = ["free"]\n'
    (tmp_path / "pyproject.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(cwd=tmp_path, environ={})
    assert caught.value.message == "pyproject.toml:4:1: unknown key `silence`"
    assert caught.value.hint == (
        "`silence` is no part of [tool.offerctl.policy], which it stands in: write it below [tool.offerctl] and "
        "above the table after it."
    )


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://marketplace.example", "must be https"),
        ("http://10.0.0.1", "must be https"),
        ("http://127.0.0.1.example", "must be https"),
        ("http://localhost.example", "must be https"),
        ("http://127.1", "must be https"),
        ("ftp://marketplace.example", "must be an address"),
        ("marketplace.example", "must be an address"),
        ("https://", "must be an address"),
        ("https://market place.example", "must be an address"),
        ("https://marketplace.example:port", "must be an address"),
        ("https://[::1", "must be an address"),
        ("https://marketplace.example:0", "the port 0"),
        ("https://a|b", "a host that can be none: `a|b`"),
        ("https://a{b}", "a host that can be none"),
        ("https://*.b", "a host that can be none"),
        ("https://a..b", "a host that can be none"),
        ("https://.b", "a host that can be none"),
        ("https://-a.b", "a host that can be none"),
        ("https://a%2eb", "a host that can be none"),
        (f"https://{'a' * 64}.example", "a host that can be none"),
        (f"https://{'a.' * 127}example", "a host that can be none"),
        ("https://xn--zzzzzzzzzzzzz---", "a host that can be none"),
        ("https://[::1%25eth0]", "a host that can be none"),
        ("https://user:secret@marketplace.example", "user name or password"),
        ("https://user@marketplace.example", "user name or password"),
        ("https://marketplace.example?a=b", "query or a fragment"),
        ("https://marketplace.example/#", "query or a fragment"),
        ("local:", "only the environment `local`"),
    ],
)
def test_an_address_that_would_not_do_is_refused(tmp_path: Path, url: str, words: str) -> None:
    """Credentials never cross a network in clear, and none stands in a file."""
    message = refused(tmp_path, f'[environments.prod]\nbase_url = "{url}"').message
    assert words in message
    assert "secret" not in message


@pytest.mark.parametrize(
    "state", ["git://u:secret@h.example/x", "git+https://u:a/secret@h.example", "x//h?secret"]
)
def test_an_address_for_a_state_is_refused_and_not_repeated(tmp_path: Path, state: str) -> None:
    """It may hold a password, wherever."""
    message = refused(tmp_path, f'{PROD}state = "{state}"').message
    assert "file:PATH, git or git:BRANCH" in message
    assert "secret" not in message


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://Marketplace.Example/", "https://marketplace.example"),
        ("https://marketplace.example:443/x/", "https://marketplace.example/x"),
        ("HTTPS://marketplace.example:8443", "https://marketplace.example:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.8.9.10:80", "http://127.8.9.10"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("https://xn--mrch-bpa6c.example", "https://xn--mrch-bpa6c.example"),
        ("https://a-b.c_d.example", "https://a-b.c_d.example"),
        ("https://10.0.0.1", "https://10.0.0.1"),
    ],
)
def test_equal_addresses_are_equal_texts(tmp_path: Path, url: str, normal: str) -> None:
    """A state belongs to an address: another spelling of it must not look like another Marketplace."""
    config = written(tmp_path, f'[environments.x]\nbase_url = "{url}"\nnetwork_key = "k"')
    assert config.environment("x").base_url == normal


def test_local_may_be_tuned_but_stays_itself(tmp_path: Path) -> None:
    """Its times, limits and state can be set; its address and key cannot."""
    config = written(
        tmp_path,
        "[environments.local]\nparallelism = 1\ntimeout = 1\nlease = 2\nsettle_window = 3\nmax_deletes = 9\n"
        'allow_replace = true\nephemeral = true\nstate = "file:own.json"\n',
    )
    local = config.environment()
    assert (local.base_url, local.network_key, local.state) == ("local:", "local", "file:own.json")
    assert (local.parallelism, local.timeout, local.lease, local.settle_window) == (1, 1.0, 2.0, 3.0)
    assert (local.max_deletes, local.allow_replace, local.ephemeral, local.state_is_default) == (
        9,
        True,
        True,
        False,
    )


def test_a_missing_network_key_matters_only_where_it_is_needed(tmp_path: Path) -> None:
    """A contributor without it still validates and plans `local`."""
    config = written(tmp_path, '[environments.prod]\nbase_url = "https://marketplace.example"\n')
    assert config.environment("local").network_key == "local"
    with pytest.raises(ConfigError, match="prod has no network key") as caught:
        config.environment("prod")
    assert "OFFERCTL_NETWORK_KEY" in (caught.value.hint or "")


def test_the_variable_gives_the_network_key_of_real_environments(tmp_path: Path) -> None:
    """It wins over the file, never touches `local`, and is checked as the file's is."""
    (tmp_path / "offerctl.toml").write_text(PROD)
    config = load(cwd=tmp_path, environ={"OFFERCTL_NETWORK_KEY": "pro-2"})
    assert (config.environment("prod").network_key, config.environment("local").network_key) == ("pro-2", "local")
    for wrong in ("a b", "x" * 65, "a\n"):
        with pytest.raises(ConfigError, match="OFFERCTL_NETWORK_KEY must have"):
            load(cwd=tmp_path, environ={"OFFERCTL_NETWORK_KEY": wrong})


def test_the_environment_is_chosen_by_name_then_variable_then_file(tmp_path: Path) -> None:
    """The more explicit choice wins; an unknown one is told with the nearest."""
    text = PROD + PROD.replace("prod]", "staging]") + PROD.replace("prod]", "trial]")
    (tmp_path / "offerctl.toml").write_text('default_environment = "trial"\n' + text)
    assert load(cwd=tmp_path, environ={}).environment().name == "trial"
    config = load(cwd=tmp_path, environ={"OFFERCTL_ENV": "staging"})
    assert config.environment().name == "staging"
    assert config.environment("prod").name == "prod"
    with pytest.raises(ConfigError, match="no environment `stagin`") as caught:
        load(cwd=tmp_path, environ={"OFFERCTL_ENV": "stagin"}).environment()
    assert caught.value.hint == "Did you mean staging? Known environments: local, prod, staging, trial."


def test_ci_refuses_a_state_on_its_own_disk_unless_it_was_chosen(tmp_path: Path) -> None:
    """The default file of a real environment is lost with the runner; an explicit one is taken at its word."""
    config = written(tmp_path, PROD + PROD.replace("prod]", "own]") + 'state = "file:.offerctl/own.state.json"\n')
    with pytest.raises(ConfigError, match="lost with the job") as caught:
        config.environment("prod").check_state_home(ci=True)
    assert 'state = "git"' in (caught.value.hint or "")
    assert "offerctl state move --from file:.offerctl/prod.state.json -e prod" in (caught.value.hint or "")
    assert "say so" not in (caught.value.hint or ""), "a state that is lost with every job orphans every listing"
    config.environment("prod").check_state_home(ci=False)
    config.environment("own").check_state_home(ci=True)
    config.environment("local").check_state_home(ci=True)


def test_a_file_that_is_not_utf8_or_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """No traceback for what an editor or a slip does."""
    source = tmp_path / "offerctl.toml"
    source.write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigError, match=r"offerctl\.toml is not UTF-8"):
        load(cwd=tmp_path, environ={})
    with pytest.raises(ConfigError, match="cannot be read"):
        load(cwd=tmp_path, environ={}, file=tmp_path)


def test_files_saved_by_windows_are_read(tmp_path: Path) -> None:
    """A byte order mark and CR LF are no mistakes, and places still fit."""
    (tmp_path / "offerctl.toml").write_bytes(b"\xef\xbb\xbf" + PROD.replace("\n", "\r\n").encode() + b"lees = 1")
    with pytest.raises(ConfigError, match=r"^offerctl\.toml:4:1: unknown key `lees`"):
        load(cwd=tmp_path, environ={})


@given(
    st.text(max_size=200) | st.from_regex(r'([a-z_]+ = ("[a-z:]*"|\d+|\[\])\n|\[[a-z.]+\]\n){0,6}', fullmatch=True)
)
def test_any_text_is_a_configuration_or_an_error_that_says_where(text: str) -> None:
    """Whatever stands in the file, reading it ends in values or in one ConfigError with a place."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - tmp_path lives for the whole test, not for an example

    with TemporaryDirectory() as folder:
        source = Path(folder) / "offerctl.toml"
        source.write_bytes(text.encode())
        try:
            config = load(cwd=Path(folder), environ={})
        except ConfigError as error:
            assert re.match(r"offerctl\.toml:\d+:\d+: ", error.message)  # noqa: PT017 - both outcomes are right
        else:
            assert "local" in config.environments
            tomllib.loads(text.replace("\r\n", "\n").removeprefix("\ufeff"))
