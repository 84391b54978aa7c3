"""`offerctl probe` against the embedded Marketplace in each dialect, and the table that it writes put to use."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from offerctl.embedded.dialects import DIALECTS
from offerctl.errors import Exit
from offerctl.state import Status
from support.plans import offering
from support.rehearsals import GIVEN, NETWORK_KEY, SECRETS, Rehearsal, rehearsal, unprobed
from support.tiers import mostly_deep

LEARNED: dict[str, dict[str, Any]] = {
    "D6": {"scheme": "bln", "entity": "network"},
    "D7": {"network_key_in": "none"},
    "D8": {"network_key_in": {"add": "body", "patch": "body", "delete": "query"}},
    "D9": {"patch": "full"},
    "D10": {"absent": {"status": [404], "codes": [], "messages": ["Offering not found"]}},
    "D11": {"exists": {"status": [422], "codes": ["general"], "messages": ["already exists"]}},
}


def written(it: Rehearsal) -> dict[str, Any]:
    """The table `api` as the file has it."""
    found: dict[str, Any] = tomllib.loads((it.root / "offerctl.toml").read_text("utf-8"))
    return dict(found["environments"]["trial"].get("api", {}))


def report(it: Rehearsal) -> dict[str, Any]:
    """The report as data."""
    found: dict[str, Any] = json.loads((it.root / "report.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", mostly_deep(DIALECTS, ("D0", "D6", "D7", "D10")))
def test_a_probe_writes_the_table_that_a_cold_apply_works_with(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Add, change, delete and the delete of what is gone; the Marketplace is as before, within 25 requests."""
    spoken = DIALECTS[name]
    with rehearsal(tmp_path, spoken, monkeypatch, settings=unprobed(spoken)) as it:
        assert it.run("probe", "--write", "--report", "report.json") == Exit.OK, capsys.readouterr()
        assert it.listed() == {}
        assert "Deleting" not in capsys.readouterr().out, "nothing was in doubt, so nothing was left to clear away"
        assert len(it.door.seen) <= 25
        table = written(it)
        assert table.pop("probed")
        given = tomllib.loads("\n".join(GIVEN.get(name, ())).replace("{url}", "x"))
        assert {key: value for key, value in table.items() if key not in given} == LEARNED.get(name, {})
        assert report(it)["learned"] == LEARNED.get(name, {})
        beliefs = it.state().listings
        assert [belief.status for belief in beliefs.values()] == [Status.GONE]
        settings = it.root / "offerctl.toml"
        settings.write_text(settings.read_text("utf-8").replace("ephemeral = true", "ephemeral = false"), "utf-8")
        key = next(iter(spoken.further)).key if name == "D7" else None
        a = offering("a") if key is None else offering("a", training_standard_key=key)
        b = offering("b") if key is None else offering("b", training_standard_key=key)
        it.want(a, b)
        assert it.apply() == Exit.OK
        it.store.delete("b", NETWORK_KEY)
        it.want(a)
        assert it.apply() == Exit.OK
        assert it.listed() == {"a": a}


def test_secrets_stand_in_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither credentials nor what a header takes from a variable; its name does."""
    spoken = DIALECTS["D7"]
    with rehearsal(tmp_path, spoken, monkeypatch, settings=unprobed(spoken)) as it:
        it.run("probe", "--report", "report.json")
        text = (it.root / "report.json").read_text("utf-8")
    assert "env:OFFERCTL_FACADE_KEY" in text
    assert [value for value in SECRETS.values() if value in text] == []
