"""What goes wrong where a dialect and its configuration differ, and what is told; plans and tokens beside it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from offerctl.embedded.dialects import DIALECTS
from offerctl.errors import Exit
from offerctl.state import Status
from support import wire
from support.plans import offering
from support.rehearsals import SECRETS, rehearsal

A, B = offering("a"), offering("b")


@pytest.mark.deep
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("D6", "does not accept the credentials (401)"),
        ("D8", "DELETE takes no body"),
        ("D9", "is missing"),
        ("D10", "Offering not found"),
        ("D11", "already exists"),
    ],
)
def test_without_its_lines_nothing_is_lost_and_the_words_are_shown(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Never a false "done": what the Marketplace said is told, and what may be listed stays believed."""
    with rehearsal(tmp_path, DIALECTS[name], monkeypatch, settings="") as it:
        if name == "D11":
            it.store.put_foreign(A, "pro-2")
        it.want(A, B)
        it.apply()
        if name == "D10":
            it.store.delete("a", "pro-1")
        it.want(*((A,) if name == "D11" else ()), offering("b", course_name="Other"))
        assert it.apply() != Exit.OK
    said = capsys.readouterr()
    assert words in said.out + said.err


def test_the_words_of_every_answer_stand_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With -v, those of an answer too that led to a good end."""
    with rehearsal(tmp_path, DIALECTS["D1"], monkeypatch) as it:
        it.want(A)
        it.apply()
        it.store.delete("a", "pro-1")
        it.want(offering("a", course_name="Other"))
        assert it.run("-v", "apply", "--auto-approve") == Exit.OK
    assert "404" in (said := capsys.readouterr().err)
    assert "notFound there is no offering with this offeringId" in said


def test_secrets_of_headers_are_shown_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the client's, nor the key of a header, nor the token: in no output, state or plan."""
    with rehearsal(tmp_path, DIALECTS["D7"], monkeypatch) as it:
        it.want(A)
        assert it.run("plan", "--out", "plan.json") == Exit.OK
        assert it.run("-v", "apply", "plan.json") == Exit.OK
        written = "".join(path.read_text("utf-8", "replace") for path in tmp_path.rglob("*.json"))
    said = capsys.readouterr()
    assert "env:OFFERCTL_FACADE_KEY" in written
    for value in SECRETS.values():
        assert value not in said.out + said.err + written


def test_without_an_access_token_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is fetched before the lease is taken: exit 1, no state, no request."""
    settings = DIALECTS["D7"].settings("trial", "URL").replace("oauth2/token", "nowhere").replace("{", "{{")
    settings = settings.replace("}", "}}").replace("URL", "{url}")
    with rehearsal(tmp_path, DIALECTS["D7"], monkeypatch, settings=settings) as it:
        it.want(A)
        assert it.apply() == Exit.ERROR
        assert not (tmp_path / ".offerctl" / "trial.state.json").exists()
        assert [path for _, path in it.door.seen] == ["/nowhere"]
    assert "no access token from 127.0.0.1" in capsys.readouterr().err


def test_credentials_that_are_missing_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The variable of a header with the others."""
    with rehearsal(tmp_path, DIALECTS["D7"], monkeypatch) as it:
        monkeypatch.delenv("OFFERCTL_FACADE_KEY")
        monkeypatch.delenv("OFFERCTL_CLIENT_SECRET")
        it.want(A)
        assert it.apply() == Exit.ERROR
    assert "set OFFERCTL_CLIENT_SECRET and OFFERCTL_FACADE_KEY" in capsys.readouterr().err


@pytest.mark.parametrize(
    "changed",
    ['collection = "/elsewhere"\n', 'auth = "bearer"\n', '[environments.trial.api]\nentity = "network"\n'],
)
def test_a_saved_plan_is_stale_where_the_marketplace_speaks_otherwise(
    changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was reviewed was to be written so, and there: exit 3, and nothing is sent."""
    monkeypatch.setenv("OFFERCTL_BEARER_TOKEN", "bearer-token")
    with rehearsal(tmp_path, DIALECTS["D0"], monkeypatch) as it:
        it.want(A)
        assert it.run("plan", "--out", "plan.json") == Exit.OK
        settings = tmp_path / "offerctl.toml"
        settings.write_text(settings.read_text("utf-8") + changed, "utf-8")
        assert it.run("apply", "plan.json") == Exit.TRY_AGAIN
        assert it.door.seen == []
    assert "the table api) changed since it was made" in capsys.readouterr().err


def test_the_first_request_is_told_as_the_dialect_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`plan --why`: the key in the query, and no body."""
    with rehearsal(tmp_path, DIALECTS["D8"], monkeypatch) as it:
        it.want(A, B)
        it.apply()
        it.want(B)
        it.run("plan", "--why", "a")
        assert "DELETE /api-v2/online-offerings/a?networkKey=pro-1\n" in capsys.readouterr().out
        assert it.apply() == Exit.OK
        assert it.door.seen[-1] == ("DELETE", "/api-v2/online-offerings/a?networkKey=pro-1")
        assert it.state().listings["a"].status is Status.GONE


def test_a_token_is_asked_for_as_the_table_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scope and audience go with the question; a token that opens nothing is told by the Marketplace."""
    with (
        wire.WireServer(wire.always(wire.respond(200, b'{"access_token": "token-77"}'))) as endpoint,
        rehearsal(tmp_path, DIALECTS["D7"], monkeypatch) as it,
    ):
        settings = tmp_path / "offerctl.toml"
        text = settings.read_text("utf-8")
        asked = f'token_url = "{endpoint.url}/oauth2/token"\ntoken_scope = "a b"\ntoken_audience = "c"\n'
        settings.write_text(re.sub("token_url.*\n", asked, text), "utf-8")
        it.want(A)
        assert it.apply() == Exit.ERROR
        assert it.listed() == {}
    assert [seen.body for seen in endpoint.seen] == [b"grant_type=client_credentials&scope=a+b&audience=c"]
