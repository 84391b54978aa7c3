"""What a proposal changes of where offerctl writes and of what it refuses is shown, or held."""

from __future__ import annotations

from decimal import Decimal

import pytest

from offerctl.state import Home
from offerctl.state.document import encode
from support.gitops import Loop, accepted, comment, toml
from support.homes import git
from support.plans import live, offering, state
from support.scenario import SECRETS, sent
from support.wire import WireServer

ONE, TWO = offering("en-01"), offering("en-02")
DEARER = offering("en-01", price=Decimal(249))


# What the comment says


def test_another_address_opens_the_comment(listed: Loop) -> None:
    """Before any change, in words, in log and summary too, also where no change shows, as the state moves too."""
    listed.propose(7, ONE, TWO, files=toml(listed, base_url='"https://next.example"', state='"git:next"'))
    job = listed.plan(7)
    said = (
        f"**This moves where offerctl writes**: `base_url` from `{listed.wire.url}` to `https://next.example`; "
        "`state` from `git` to `git:next`."
    )
    assert comment(listed, 7).startswith(f"{said}\n\n"), job
    assert job.summary.startswith(f"{said}\n\n")
    assert "Warning: This moves where offerctl writes: `base_url` from" in job.log


def test_what_the_file_of_an_environment_changes_is_told_too(listed: Loop) -> None:
    """Of the folder `include`: the base's files are read as git keeps them."""
    head, _, *table = git(listed.bare, "show", "main:offerctl.toml").splitlines()
    apart = {"offerctl.toml": f'{head}\ninclude = "environments"\n', "environments/trial.toml": "\n".join(table)}
    listed.push_main(ONE, TWO, files=apart)
    moved = apart["environments/trial.toml"].replace(listed.wire.url, "https://next.example")
    listed.propose(7, ONE, TWO, files={"environments/trial.toml": moved})
    job = listed.plan(7)
    said = f"**This moves where offerctl writes**: `base_url` from `{listed.wire.url}` to `https://next.example`."
    assert comment(listed, 7).startswith(f"{said}\n\n"), job


@pytest.mark.deep
def test_the_rails_are_told_apart(listed: Loop) -> None:
    """They move nothing, and let more through; so do the times, and what is read."""
    rails = {"max_deletes": "1000", "settle_window": "0", "ephemeral": "true", "timeout": "2.0"}
    files = toml(listed, **rails)
    files["offerctl.toml"] = f'schema = "loose.json"\n{files["offerctl.toml"]}'
    listed.propose(7, DEARER, TWO, files={**files, "loose.json": "{}"})
    listed.plan(7)
    opening, rest = comment(listed, 7).split("\n\n**Merging", 1)
    assert opening.split("\n\n") == [
        "**This changes what is refused**: `max_deletes` from `3` to `1000`; `ephemeral` from `false` to `true`.",
        "**This changes how long a run waits**: `settle_window` from `0.3` to `0.0`.",
        "**This changes which files are read**: `schema` from `schema/offering.schema.json` to `loose.json`.",
    ]
    assert "to $249.00" in rest


@pytest.mark.deep
def test_what_moves_is_told_where_nothing_can_be_planned(listed: Loop) -> None:
    """A file with errors, or a state that does not fit, hides nothing."""
    wrong = {"offerings/en-02.yaml": "price: free\n"}
    listed.propose(7, ONE, files={**toml(listed, network_key='"pro-9"'), **wrong})
    listed.plan(7)
    moved = "**This moves where offerctl writes**: `network_key` from `pro-1` to `pro-9`."
    assert comment(listed, 7).startswith(f"{moved}\n\n**This cannot be merged yet")
    listed.propose(7, ONE, TWO, files=toml(listed, network_key='"pro-9"'))
    assert listed.plan(7).code == 1
    assert comment(listed, 7).startswith(f"{moved}\n\n**There is no plan:**")


@pytest.mark.deep
def test_a_base_that_cannot_be_read_is_told(listed: Loop) -> None:
    """Nobody can tell what moves from it, so the review says nothing of that, and the rest waits."""
    good = toml(listed)
    listed.push_main(ONE, TWO, files={"offerctl.toml": 'base_url = "\u202e`'})
    listed.propose(7, DEARER, TWO, files=good)
    job = listed.plan(7)
    assert job.code == 0, job
    assert comment(listed, 7).startswith(
        "**Nobody can tell whether this moves where offerctl writes, or changes what it refuses**: the "
        "configuration of commit "
    )
    assert "cannot be read: offerctl.toml:1:" in job.log
    read = listed.record(7)
    assert read is not None
    assert (read.settings, list(read.approvals.listings)) == (None, ["en-01"])


# What the merge does


@pytest.mark.deep
def test_a_state_in_a_file_is_believed_in_no_workflow(listed: Loop) -> None:
    """A fork brings one with its own approvals and doubts: price 1 and its page would go out without a comment."""
    phishing = offering("en-01", price=Decimal(1), external_registration_url="https://phish.example")
    forged = state({"en-01": live(phishing)}, home=Home("trial", listed.wire.url, "pro-1"))
    files = {**toml(listed, state='"file:docs/notes.json"'), "docs/notes.json": encode(forged).decode()}
    listed.propose(7, phishing, TWO, files=files)
    assert listed.plan(7, fork=True).code == 1
    listed.merge(7)
    for job in (listed.apply(), listed.reassert()):
        assert job.code == 1, job
        assert "git tracks docs/notes.json" in job.log
    files = toml(listed, state='"file:/var/empty/notes.json"')
    listed.push_main(phishing, TWO, files={**files, "docs/notes.json": "{}"})
    job = listed.apply()
    assert (job.code, listed.wire.seen) == (1, [])
    assert "the state of trial is file:/var/empty/notes.json: in offerctl ci it must be in git or" in job.log


@pytest.mark.deep
def test_not_even_a_reviewed_address_gets_a_credential_that_is_not_pinned(listed: Loop) -> None:
    """The new address comes with a state of its own, so that nothing there contradicts it; the pin does."""
    with WireServer() as elsewhere:
        text = toml(listed, base_url=f'"{elsewhere.url}"')["offerctl.toml"].replace("trial", "next")
        listed.propose(7, ONE, TWO, files={"offerctl.toml": text})
        assert listed.plan(7).code == 0
        listed.merge(7)
        folder = listed.clone(listed.tip())
        pin = {"OFFERCTL_ALLOWED_BASE_URL": listed.wire.url}
        environment = {**listed.variables(folder, {}), **SECRETS, **pin}
        job = listed.finish(listed.start(folder, "apply", environment=environment), folder)
    assert (job.code, elsewhere.seen, listed.wire.seen) == (1, [], []), job
    assert "which OFFERCTL_ALLOWED_BASE_URL does not allow. Nothing was sent." in job.log


@pytest.mark.deep
def test_rails_that_were_shown_are_applied(listed: Loop) -> None:
    """The comment said it, and merging is the approval."""
    listed.propose(7, DEARER, TWO, files=toml(listed, max_deletes="9"))
    assert listed.plan(7).code == 0
    listed.merge(7)
    job = listed.apply()
    assert job.code == 0, job
    listed.check_in_sync()
    assert listed.reassert().code == 0


@pytest.mark.deep
def test_rails_that_nobody_was_shown_hold_everything(listed: Loop) -> None:
    """A fork has no comment; what was approved before it does not run under them, nor is it re-asserted."""
    listed.propose(7, DEARER, TWO)
    listed.plan(7)
    listed.merge(7)
    listed.propose(8, DEARER, TWO, files=toml(listed, max_deletes="1000"))
    listed.plan(8, fork=True)
    listed.merge(8)
    job = listed.apply()
    assert (job.code, listed.wire.seen) == (1, []), job
    assert "is not what #7 was reviewed with: the configuration changed since" in job.log
    assert accepted(listed, job).code == 0
    assert sent(listed.wire.seen) == [("PATCH", "en-01")]


@pytest.mark.deep
def test_a_plan_that_was_accepted_under_other_rails_is_not_accepted(listed: Loop) -> None:
    """The digest names the configuration too, where nobody reviewed that."""
    listed.push_main(DEARER, TWO)
    plain = listed.apply()
    assert plain.code == 1
    listed.push_main(DEARER, TWO, files=toml(listed, max_deletes="1000"))
    job = accepted(listed, plain)
    assert (job.code, listed.wire.seen) == (1, []), job
    assert "and no review showed that" in job.log
    assert accepted(listed, job).code == 0


@pytest.mark.deep
def test_what_is_confirmed_is_not_written_again_under_rails_that_are_held(listed: Loop) -> None:
    """The schedule waits until `apply` has taken the configuration up, with nothing else to do as well."""
    listed.push_main(DEARER, TWO, files=toml(listed, settle_window="0"))
    assert listed.apply().code == 1
    job = listed.reassert()
    assert (job.code, listed.wire.seen) == (1, []), job
    assert "Apply has not taken that up yet. Nothing was sent." in job.log
    listed.push_main(ONE, TWO, files=toml(listed, settle_window="0"))
    assert listed.reassert().code == 1
    assert accepted(listed, listed.apply()).code == 0
    assert listed.reassert().code == 0
    assert sent(listed.wire.seen) == [("PATCH", "en-01"), ("PATCH", "en-02")]


@pytest.mark.deep
def test_a_review_of_another_configuration_is_none(listed: Loop) -> None:
    """What was proposed while offerctl wrote elsewhere has to be looked at again."""
    listed.propose(7, DEARER, TWO)
    listed.plan(7)
    listed.push_main(ONE, TWO, files=toml(listed, max_deletes="9"))
    assert accepted(listed, listed.apply()).code == 0
    listed.merge(7)
    job = listed.apply()
    assert (job.code, listed.wire.seen) == (1, []), job
    assert "is not what #7 was reviewed with" in job.log


@pytest.mark.deep
def test_a_review_that_could_compare_nothing_holds_what_moved(listed: Loop) -> None:
    """The base could not be read: under the configuration applied last it runs, under another one it waits."""
    good = toml(listed)
    listed.push_main(ONE, TWO, files={"offerctl.toml": "]"})
    listed.propose(7, DEARER, TWO, files=good)
    listed.plan(7)
    listed.merge(7)
    assert listed.apply().code == 0
    listed.push_main(DEARER, TWO, files={"offerctl.toml": "]"})
    listed.propose(8, ONE, TWO, files={"offerctl.toml": good["offerctl.toml"].replace("= 0.3", "= 0.2")})
    listed.plan(8)
    listed.merge(8)
    listed.wire.seen.clear()
    job = listed.apply()
    assert (job.code, listed.wire.seen) == (1, []), job
    assert "and no review showed that" in job.summary
