"""Where things go: the pin of addresses, and saved plans that somebody edited."""

from __future__ import annotations

import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from offerctl import canon
from offerctl.state.checksum import sealed, unsealed
from offerctl.state.document import encode
from support.cli import Done, offerctl
from support.plans import offering
from support.scenario import SECRETS, Trial, trial
from support.wire import WireServer

ONE = offering("en-01")
PIN = "OFFERCTL_ALLOWED_BASE_URL"
ANYWHERE = {"add": "body", "patch": "body", "delete": "body"}


def run(it: Trial, *args: str, **more: str) -> Done:
    """`offerctl ARGS` with the credentials at hand."""
    return offerctl(*args, cwd=it.project.root, env={**SECRETS, **more})


@pytest.mark.parametrize(
    "args",
    [
        ("plan",),
        ("plan", "--format", "json"),
        ("apply", "--auto-approve"),
        pytest.param(("probe", "--yes-this-creates-a-listing"), marks=pytest.mark.deep),
    ],
)
def test_an_address_that_is_not_pinned_gets_nothing(tmp_path: Path, args: tuple[str, ...]) -> None:
    """Not a request, not a state; `plan` says so before anything is merged."""
    with trial(tmp_path) as it:
        it.want(ONE)
        done = run(it, *args, **{PIN: f"{it.wire.url}/ca,https://marketplace.example"})
        assert done.code == 1, done
        assert f"base_url of trial is {it.wire.url}, which {PIN} does not allow. Nothing was sent." in done.err
        assert f"Allowed: {it.wire.url}/ca, https://marketplace.example." in done.err
        assert done.out == ""
        assert (it.wire.seen, it.project.state()) == ([], None)


@pytest.mark.parametrize(
    "args",
    [
        ("plan",),
        *(
            pytest.param(args, marks=pytest.mark.deep)
            for args in (
                ("apply", "--auto-approve"),
                ("state", "status"),
                ("state", "list"),
                ("state", "pull"),
                ("state", "unlock", "0123"),
                ("state", "rebuild", "--yes"),
                ("state", "move", "--from", "s3://another/key"),
                ("state", "retire", "--auto-approve"),
                ("history",),
                ("import", "offerings/en-01.yaml"),
                ("plan", "--all"),
                ("state", "status", "--all"),
            )
        ),
    ],
    ids=" ".join,
)
def test_the_server_of_a_bucket_that_is_not_pinned_is_asked_nothing(tmp_path: Path, args: tuple[str, ...]) -> None:
    """A cloud's credentials go with the first look at the state, which comes before any plan."""
    cloud = {"AWS_ACCESS_KEY_ID": "a-test", "AWS_SECRET_ACCESS_KEY": "a-test", "AWS_SESSION_TOKEN": "a-session"}
    with WireServer(execute=lambda *_: (404, b"")) as store, trial(tmp_path) as it:
        it.want(ONE)
        it.project.configure(it.wire.url, state="s3://bucket/key", endpoint=store.url, allow_http=True)
        done = run(it, *args, **cloud, AWS_REGION="ca-central-1", **{PIN: it.wire.url})
        assert done.code == 1, done
        assert f"endpoint of trial is {store.url}, which {PIN} does not allow." in done.out + done.err
        assert (store.seen, it.wire.seen) == ([], [])
        run(it, "state", "pull", **cloud, AWS_REGION="ca-central-1", **{PIN: f"{it.wire.url},{store.url}"})
        assert store.seen[0].headers["x-amz-security-token"] == "a-session", "it would have got them"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"allow_deletes": null', '"allow_deletes": "all"'),
        ('"network_key": "pro-1"', '"network_key": "pro-2"'),
        ('"allow_deletes": null', '"allow_deletes": null, "allow_deletes": "all"'),
    ],
)
def test_a_saved_plan_that_was_edited_is_refused(tmp_path: Path, old: str, new: str) -> None:
    """By `apply` and by `show`: it is bound to where it goes and to what was allowed."""
    with trial(tmp_path) as it:
        it.want(ONE)
        assert run(it, "plan", "--out", "p.json").code == 0
        file = it.project.root / "p.json"
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), "utf-8")
        for args in (("apply", "p.json"), ("show", "p.json")):
            done = run(it, *args)
            assert (done.code, done.out) == (1, ""), done
            assert "p.json is damaged or was edited: it " in done.err
        assert (it.wire.seen, it.project.state()) == ([], None)


@pytest.mark.deep
def test_a_saved_plan_of_an_earlier_version_is_stale(tmp_path: Path) -> None:
    """Nobody can tell whether it was edited; `show` still shows it."""
    with trial(tmp_path) as it:
        it.want(ONE)
        assert run(it, "plan", "--out", "p.json").code == 0
        file = it.project.root / "p.json"
        older = canon.parse(file.read_bytes()) | {"format_version": "1.2"}
        del older["checksum"]
        file.write_bytes(canon.document(older))
        assert run(it, "show", "p.json").code == 0
        done = run(it, "apply", "p.json")
        assert (done.code, it.wire.seen) == (3, []), done
        assert "The saved plan is of an older offerctl" in done.err


def test_a_pinned_address_is_written_to(tmp_path: Path) -> None:
    """The pin costs nothing where it fits."""
    with trial(tmp_path) as it:
        it.want(ONE)
        done = run(it, "apply", "--auto-approve", **{PIN: f"https://marketplace.example, {it.wire.url}/"})
        assert done.code == 0, done
        it.check_equal()


# What a state is bound to

QUERY = 'api = { network_key_in = "query" }'


def configure(it: Trial, *lines: str, **settings: object) -> None:
    """The configuration of the trial with these settings and lines."""
    it.project.configure(it.wire.url, **settings)
    file = it.project.root / "offerctl.toml"
    file.write_text("\n".join([file.read_text("utf-8"), *lines, ""]), "utf-8")


@pytest.mark.parametrize(
    ("lines", "settings", "said"),
    [
        (
            (),
            {"collection": "/other"},
            'collection = "/api-v2/online-offerings", and the configuration says "/other"',
        ),
        pytest.param((QUERY,), {}, "api.network_key_in = ", marks=pytest.mark.deep),
        pytest.param(
            ('api = { entity = "network" }',),
            {},
            'api.entity = "user", and the configuration says "network"',
            marks=pytest.mark.deep,
        ),
    ],
)
def test_listings_that_were_written_elsewhere_are_not_taken_for_these(
    tmp_path: Path, lines: tuple[str, ...], settings: dict[str, object], said: str
) -> None:
    """In another collection the same ids are other listings; nothing is sent until somebody says otherwise."""
    with trial(tmp_path, [ONE]) as it:
        it.wire.seen.clear()
        it.want(offering("en-01", price=Decimal(249)))
        configure(it, *lines, **settings)
        before = it.project.files()
        for args in (("plan",), ("apply", "--auto-approve"), ("state", "list")):
            done = run(it, *args)
            assert (done.code, done.out) == (1, ""), done
            assert said in done.err
        assert (it.wire.seen, it.project.files()) == ([], before)
        (tmp_path / "copy.json").write_text(run(it, "state", "pull").out, "utf-8")
        assert run(it, "state", "push", "copy.json").code == 0
        done = run(it, "plan")
        assert done.code == 0, done
        assert "# en-01 will be settled" in done.out


@pytest.mark.deep
def test_another_style_moves_no_listing(tmp_path: Path) -> None:
    """What a probe corrects of how answers are read leaves every listing where it is."""
    with trial(tmp_path, [ONE]) as it:
        configure(it, 'api = { patch = "full", absent = { status = [404, 410] } }')
        assert run(it, "plan").out.startswith("No changes.")


@pytest.mark.deep
def test_a_state_of_nothing_is_of_any_collection(tmp_path: Path) -> None:
    """As after a probe, which deletes its listing again and may teach where the next ones go."""
    with trial(tmp_path, [ONE]) as it:
        it.want()
        assert it.apply().code == 0
        configure(it, QUERY)
        it.want(ONE)
        assert run(it, "plan").code == 0


@pytest.mark.deep
def test_a_state_of_an_earlier_version_is_of_this_configuration(tmp_path: Path) -> None:
    """It does not say where its listings are; the next write does."""
    with trial(tmp_path, [ONE]) as it:
        state = it.project.state()
        assert state is not None
        assert state.api == {
            "collection": "/api-v2/online-offerings",
            "entity": "user",
            "network_key_in": ANYWHERE,
        }
        shutil.rmtree(it.project.state_file.with_name(f"{it.project.state_file.name}.versions"))
        it.project.put(encode(replace(state, api=None)))
        it.want(offering("en-01", price=Decimal(249)))
        assert it.apply().code == 0
        after = it.project.state()
        assert after is not None
        assert after.api == state.api


@pytest.mark.deep
@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ({"lineage": "another"}, "is of another lineage"),
        ({"serial": 3, "previous": "a" * 64}, "follows none of the versions that are kept"),
    ],
)
def test_a_state_that_is_not_what_was_known_is_refused_by_every_command(
    tmp_path: Path, harm: dict[str, Any], said: str
) -> None:
    """Another lineage, a broken chain: nothing is sent or shown, and the way back is named."""
    with trial(tmp_path, [ONE]) as it:
        it.wire.seen.clear()
        state = it.project.state()
        assert state is not None
        it.project.put(encode(replace(state, **harm)))
        it.want(offering("en-01", price=Decimal(1)))
        before = it.project.files()
        for args in (
            ("plan",), ("apply", "--auto-approve"), ("state", "list"), ("state", "show", "en-01"),
            ("state", "pull"), ("state", "status"), ("state", "forget", "en-01", "--yes"),
            ("import", "offerings/en-01.yaml"),
        ):  # fmt: skip
            done = run(it, *args)
            assert (done.code, done.out) == (1, ""), done
            assert said in done.err, done
            assert "offerctl state restore 2 -e trial" in done.err
        assert it.wire.seen == []
        assert {k: v for k, v in it.project.files().items() if "lock" not in k} == {
            k: v for k, v in before.items() if "lock" not in k
        }
        assert run(it, "state", "restore", "2").code == 0
        it.settle()


def with_a_key_twice(data: bytes) -> bytes:
    """A state document whose listing stands there twice, the second time gone, under a checksum that fits."""
    first = data.index(b'    "en-01": {')
    listing = data[first : data.index(b"\n    }", first) + len(b"\n    }")]
    twice = data.replace(listing, listing + b",\n" + listing.replace(b'"status": "live"', b'"status": "gone"'), 1)
    return sealed(unsealed(twice)[0])[0]


def test_equal_keys_whose_last_one_fits_the_checksum_are_not_pushed(tmp_path: Path) -> None:
    """Here the last one counts, with other readers the first; and no hint leads there."""
    with trial(tmp_path, [ONE]) as it:
        data = it.project.state_file.read_bytes()
        first = data.index(b'    "en-01": {')
        listing = data[first : data.index(b"\n    }", first) + len(b"\n    }")]
        twice = data.replace(listing, listing.replace(b'"status": "live"', b'"status": "gone"') + b",\n" + listing)
        (it.project.root / "it.json").write_bytes(twice)
        done = run(it, "state", "push", "it.json")
        assert (done.code, done.out) == (1, ""), done
        assert "it has the key 'en-01' twice. Nothing was written." in done.err
        it.project.put(twice)
        done = run(it, "plan")
        assert done.code == 1, done
        assert "state push" not in done.err


def test_a_state_with_equal_keys_that_nothing_witnesses_is_refused(tmp_path: Path) -> None:
    """Its reader says so by itself, and where; readers that take the first one would believe something else."""
    with trial(tmp_path, [ONE]) as it:
        it.wire.seen.clear()
        shutil.rmtree(it.project.state_file.with_name(f"{it.project.state_file.name}.versions"))
        it.project.put(with_a_key_twice(it.project.state_file.read_bytes()))
        for args in (("plan",), ("state", "pull")):
            done = run(it, *args)
            assert (done.code, done.out) == (1, ""), done
            assert "the state document was not written by offerctl: it has the key 'en-01' twice" in done.err
