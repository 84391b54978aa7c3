"""A fleet of environments: what they share, a file for each, folders of their own, and how mistakes are told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from offerctl.config import Config, load
from offerctl.config.fleet import MAX_BYTES, MAX_ENVIRONMENTS, MAX_PATTERNS
from offerctl.config.load import load_stored
from offerctl.errors import ConfigError
from support.cli import offerctl

SHARED = """\
include = "environments"

[environments."pro-*"]
base_url = "https://marketplace.example"
network_key = "{environment}"
offerings = "offerings/{environment}"
state = "git"
"""


def fleet(folder: Path, files: Mapping[str, str], text: str = SHARED) -> Config:
    """The configuration of a folder with these files of environments."""
    (folder / "offerctl.toml").write_text(text, "utf-8")
    (folder / "environments").mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / "environments" / name).write_text(content, "utf-8")
    return load(cwd=folder, environ={})


def refused(folder: Path, files: Mapping[str, str], text: str = SHARED) -> ConfigError:
    """The error that it ends in."""
    with pytest.raises(ConfigError) as caught:
        fleet(folder, files, text)
    return caught.value


def test_each_file_is_an_environment_and_a_pattern_has_what_they_share(tmp_path: Path) -> None:
    """An empty file is enough; its own settings win, and those of others are not touched."""
    config = fleet(tmp_path, {"pro-1.toml": "", "pro-2.toml": 'max_deletes = 9\nstate = "git:other"\n'})
    one, two = config.environments["pro-1"], config.environments["pro-2"]
    assert [found.name for found in config.fleet] == ["pro-1", "pro-2"]
    assert (one.base_url, one.network_key, one.state) == ("https://marketplace.example", "pro-1", "git")
    assert (one.offerings, one.included) == (tmp_path / "offerings/pro-1", "environments/pro-1.toml")
    assert (one.max_deletes, two.max_deletes, two.state, two.network_key) == (3, 9, "git:other", "pro-2")
    assert config.of_environment("pro-2").offerings == tmp_path / "offerings/pro-2"


def test_environments_of_the_same_file_share_too(tmp_path: Path) -> None:
    """A header alone names one; of several patterns that fit the later one wins, and none reaches `local`."""
    (tmp_path / "offerctl.toml").write_text(
        '[environments."*"]\nbase_url = "https://one.example"\nparallelism = 2\nlease = 5.0\n'
        '[environments."pro-*"]\nbase_url = "https://two.example"\nnetwork_key = "{environment}"\n'
        "[environments.pro-7]\nlease = 6.0\n[environments.other]\n",
        "utf-8",
    )
    found = load(cwd=tmp_path, environ={}).environments
    assert list(found) == ["local", "pro-7", "other"]
    assert (found["pro-7"].base_url, found["pro-7"].parallelism, found["pro-7"].lease) == (
        "https://two.example",
        2,
        6.0,
    )
    assert (found["other"].base_url, found["other"].network_key) == ("https://one.example", "")
    assert (found["local"].base_url, found["local"].lease) == ("local:", 10.0)


def test_the_table_api_is_shared_key_by_key(tmp_path: Path) -> None:
    """What one environment says of how its Marketplace speaks stands beside what all say."""
    text = f'{SHARED}\n[environments."pro-*".api]\nscheme = "X"\nentity = "shared"\nheaders = {{a = "1"}}\n'
    config = fleet(
        tmp_path, {"pro-1.toml": '[api]\nentity = "own"\nheaders = {b = "2"}\n', "pro-2.toml": ""}, text
    )
    one, two = (config.environments[name].dialect for name in ("pro-1", "pro-2"))
    assert (one.scheme, one.entity, [header.name for header in one.headers]) == ("X", "own", ["a", "b"])
    assert (two.scheme, two.entity, [header.name for header in two.headers]) == ("X", "shared", ["a"])


def test_a_state_that_ends_in_a_slash_is_a_folder(tmp_path: Path) -> None:
    """Each environment has a file of its own there."""
    config = fleet(tmp_path, {"pro-1.toml": "", "pro-2.toml": ""}, SHARED.replace('"git"', '"file:states/"'))
    assert [found.state for found in config.fleet] == [
        "file:states/pro-1.state.json",
        "file:states/pro-2.state.json",
    ]


@pytest.mark.parametrize(
    ("files", "more", "told"),
    [
        ({"pro-1.toml": "x = 1\n"}, "", "environments/pro-1.toml:1:1: unknown key `x`"),
        ({"pro-1.toml": "\ntimeout = 0\n"}, "", "environments/pro-1.toml:2:1: `timeout` must be from"),
        ({"pro-1.toml": "timeout = [\n"}, "", "environments/pro-1.toml:2:1: this is not TOML"),
        ({"pro-1.toml": "[api]\nx = 1\n"}, "", "environments/pro-1.toml:2:1: unknown key `x`"),
        ({"pro-1.toml": ""}, "lease = 0\n", "offerctl.toml:8:1: `lease` must be from"),
        ({"pro-1.toml": ""}, "api = {x = 1}\n", "offerctl.toml:8:8: unknown key `x`"),
        ({"pro-1.toml": "api = 1\n"}, "api = {}\n", "environments/pro-1.toml:1:1: `api` must be a table"),
        ({"pro-1.toml": ""}, "x = 1\n", "offerctl.toml:8:1: unknown key `x`"),
        ({}, "x = 1\n", "offerctl.toml:8:1: unknown key `x`"),
        ({}, "[environments.'a*/']\n", "offerctl.toml:8:15: the name of a pattern has 1 to 64 of"),
        ({"other.toml": ""}, "", "environments/other.toml:1:1: environment other has no `base_url`"),
        ({"pro-1.toml": ""}, "[environments.pro-1]\n", "offerctl.toml:8:15: environment `pro-1` is given twice"),
        ({"-a.toml": ""}, "", "environments/-a.toml:1:1: the name of an environment has"),
        ({"pro 1.toml": ""}, "", "environments/pro 1.toml:1:1: the name of an environment has"),
        ({"pro-1.yaml": ""}, "", "offerctl.toml:1:1: `include`: environments/pro-1.yaml is no file of an"),
        (
            {"pro-1.toml": "#" * (MAX_BYTES + 1)},
            "",
            "offerctl.toml:1:1: `include`: environments/pro-1.toml cannot",
        ),
        (
            {"pro-1.toml": ""},
            '[environments."pro-1*"]\nstate = "git:{name}"\n',
            "offerctl.toml:9:1: `state` can hold {environment}, the environment's name, and no other such word",
        ),
    ],
)
def test_mistakes_are_told_where_they_stand(
    tmp_path: Path, files: Mapping[str, str], more: str, told: str
) -> None:
    """With file, line and column: of the environment's own file, or of the pattern that it comes from."""
    message = refused(tmp_path, files, SHARED + more).message
    assert message.startswith(told), message


@pytest.mark.parametrize("name", ["/environments", "../environments", ".", "a/../../b"])
def test_the_folder_lies_below_the_configuration(tmp_path: Path, name: str) -> None:
    """And nowhere else."""
    message = refused(tmp_path, {}, f'include = "{name}"\n').message
    assert message == "offerctl.toml:1:1: `include` must be a folder below that of the configuration file"


def test_no_link_is_followed_and_no_missing_folder_is_an_empty_fleet(tmp_path: Path) -> None:
    """Neither the folder nor a file of it may be one."""
    missing = refused(tmp_path, {}, 'include = "others"\n').message
    assert missing.startswith("offerctl.toml:1:1: `include`: others cannot be read: ")
    (tmp_path / "elsewhere.toml").write_text("", "utf-8")
    (tmp_path / "environments/pro-1.toml").symlink_to("../elsewhere.toml")
    assert "environments/pro-1.toml cannot be read: " in refused(tmp_path, {}).message
    (tmp_path / "linked").symlink_to("environments")
    assert "`include`: linked cannot be read: " in refused(tmp_path, {}, 'include = "linked"\n').message


def test_a_file_that_everybody_may_write_is_refused(tmp_path: Path) -> None:
    """It would say where the credentials go. Where --config names the configuration, its files count with it."""
    fleet(tmp_path, {"pro-1.toml": ""})
    (tmp_path / "environments/pro-1.toml").chmod(0o666)
    assert "environments/pro-1.toml cannot be read: " in refused(tmp_path, {}).message
    named = load(cwd=tmp_path, environ={}, file=Path("offerctl.toml"))
    assert [found.name for found in named.fleet] == ["pro-1"]


def test_notes_beside_the_files_are_left_alone(tmp_path: Path) -> None:
    """What begins with _ or . and what ends in .md."""
    config = fleet(tmp_path, {"README.md": "", "_pro-9.toml": "", ".pro-8.toml.swp": "", "pro-1.toml": ""})
    assert [found.name for found in config.fleet] == ["pro-1"]


def test_a_configuration_has_an_end(tmp_path: Path) -> None:
    """So many files, and so many bytes of them."""
    files = {f"pro-{number}.toml": "" for number in range(MAX_ENVIRONMENTS + 1)}
    message = refused(tmp_path, files).message
    assert message == "offerctl.toml:1:1: `include`: environments has more than 1,000 files of environments"
    for path in (tmp_path / "environments").iterdir():
        path.unlink()
    files = {f"pro-{number}.toml": "#" * MAX_BYTES for number in range(65)}
    message = refused(tmp_path, files).message
    assert (
        message
        == "offerctl.toml:1:1: `include`: the files of environments have more than 4,194,304 bytes together"
    )


def test_there_are_few_patterns(tmp_path: Path) -> None:
    """The first one too many is told with its place; so many are whole, and a mistake under them all is told."""
    names = "".join(f'[environments."pro-*{"*" * number}"]\n' for number in range(1, MAX_PATTERNS))
    config = fleet(tmp_path, {"pro-1.toml": ""}, SHARED + names)
    assert config.environments["pro-1"].network_key == "pro-1"
    wrong = SHARED.replace("state =", "lease = 0\nstate =")
    assert refused(tmp_path, {"pro-1.toml": ""}, wrong + names).message.startswith("offerctl.toml:7:1: `lease`")
    message = refused(tmp_path, {"pro-1.toml": ""}, SHARED + names + '[environments."a*"]\n').message
    assert message == (
        "offerctl.toml:57:15: there are 51 names with *; a configuration has at most 50 such tables"
    )


def test_a_shared_pyproject_includes_too(tmp_path: Path) -> None:
    """Below [tool.offerctl]; a file called pyproject.toml in the folder is an environment like another."""
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/pyproject.toml").write_text('base_url = "https://a.example"\n', "utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.offerctl]\ninclude = "environments"\n', "utf-8")
    assert load(cwd=tmp_path, environ={}).environments["pyproject"].base_url == "https://a.example"


def test_nobody_lists_what_is_in_the_folder_of_another(tmp_path: Path) -> None:
    """An environment without a folder for itself would read those within: that is refused when it is used."""
    config = fleet(tmp_path, {"pro-1.toml": "", "pro-2.toml": ""})
    with pytest.raises(ConfigError) as caught:
        config.environment("local")
    assert caught.value.message == (
        "offerings, where local has its offering files, also holds those of pro-1 and 1 more: "
        "local would list them as its own"
    )
    assert caught.value.hint == (
        "Name another environment with -e, or give local a folder for itself: "
        'offerings = "offerings/local" under [environments.local].'
    )
    assert config.environment("pro-1").name == "pro-1"
    assert config.folders() == (tmp_path / "offerings/pro-1", tmp_path / "offerings/pro-2")


def offering(folder: Path, name: str, **more: object) -> None:
    """An offering file."""
    values = {
        "offeringId": name,
        "trainingStandardKey": "JHSC-2014-1-E-O",
        "courseName": "JHSC Certification Part One",
        "price": 199,
        "courseDuration": 19.5,
        "externalRegistrationUrl": f"https://provider.example/{name}",
        **more,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yaml").write_text("".join(f"{key}: {value}\n" for key, value in values.items()), "utf-8")


def test_validate_checks_every_folder_by_itself(tmp_path: Path) -> None:
    """Two networks may use one id; an error of any is exit 1; what belongs to no environment is told."""
    fleet(tmp_path, {"pro-1.toml": "", "pro-2.toml": ""})
    for name in ("pro-1", "pro-2", "pro-3"):
        offering(tmp_path / "offerings" / name, "jhsc-en-01")
    done = offerctl("validate", cwd=tmp_path)
    assert (done.code, done.out.strip()) == (0, "No problems in 2 files."), str(done)
    assert done.err == (
        "Warning: offerings/pro-3/jhsc-en-01.yaml belongs to no environment: nothing lists what it says\n"
    )
    offering(tmp_path / "offerings" / "pro-2", "jhsc-en-02", price=-1)
    done = offerctl("validate", "--format", "concise", cwd=tmp_path)
    assert done.code == 1
    assert done.out.startswith("offerings/pro-2/jhsc-en-02.yaml:4:8: ")


def test_new_writes_into_the_folder_of_its_environment(tmp_path: Path) -> None:
    """The one that -e names."""
    fleet(tmp_path, {"pro-1.toml": ""})
    done = offerctl("new", "jhsc-en-01", "-e", "pro-1", cwd=tmp_path)
    assert done.code == 0, str(done)
    assert [path.name for path in (tmp_path / "offerings/pro-1").iterdir()] == ["jhsc-en-01.yaml"]
    assert offerctl("new", "jhsc-en-02", cwd=tmp_path).code == 1


def test_a_plan_is_made_of_the_environments_own_files(tmp_path: Path) -> None:
    """And of no others."""
    text = SHARED.replace('"git"', '"file:.offerctl/"')
    fleet(tmp_path, {"pro-1.toml": "", "pro-2.toml": ""}, text)
    offering(tmp_path / "offerings" / "pro-1", "jhsc-en-01")
    offering(tmp_path / "offerings" / "pro-2", "jhsc-en-02")
    done = offerctl("plan", "-e", "pro-2", cwd=tmp_path)
    assert "jhsc-en-02 will be added (offerings/pro-2/jhsc-en-02.yaml)" in done.out, str(done)
    assert "jhsc-en-01" not in done.out


def test_another_version_of_the_repository_includes_its_own_files() -> None:
    """What the base of a pull request says is compared with: its files of environments, named from the top."""
    files = {
        "shop/offerctl.toml": SHARED.encode(),
        "shop/environments/pro-1.toml": b"max_deletes = 9\n",
        "shop/environments/README.md": b"",
        "environments/pro-2.toml": b"",
    }

    def listed(folder: str) -> list[str]:
        return [name.removeprefix(f"{folder}/") for name in files if name.startswith(f"{folder}/")]

    found = load_stored(files.get, listed, top=Path("/top"), folder="shop/", environ={}, file=None)
    assert [(one.name, one.max_deletes, one.network_key) for one in found.fleet] == [("pro-1", 9, "pro-1")]
    assert found.folder_of(found.fleet[0]) == Path("/top/shop/offerings/pro-1")
    files["shop/environments/pro-1.txt"] = b""
    with pytest.raises(ConfigError, match=r"pro-1\.txt is no file of an environment"):
        load_stored(files.get, listed, top=Path("/top"), folder="shop/", environ={}, file=None)
