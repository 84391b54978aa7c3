"""One environment at work: its files, its state and plans from both. What plan, apply, import and state share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING
from uuid import uuid4

from offerctl.app import elsewhere, host, whereabouts
from offerctl.app.checkout import OfferingFiles, read_offerings
from offerctl.app.provenance import check_own_folder, check_state
from offerctl.app.session import Session
from offerctl.backends import DEFAULT_BRANCH, open_backend, place
from offerctl.catalog import InvalidFiles
from offerctl.config import Config, Environment
from offerctl.console import Console
from offerctl.errors import StateUnavailable, StateUnreadable, UsageError
from offerctl.git import WorkingCopy
from offerctl.plan import Guards, Options, Plan, make
from offerctl.render.style import sanitize
from offerctl.state import Home, Place, State, document
from offerctl.state.backend import StateBackend, Version
from offerctl.state.claims import Liveness, longest_wait
from offerctl.state.ended import is_foreign_format
from offerctl.wording import counted

if TYPE_CHECKING:
    from offerctl.config.credentials import Credentials


@dataclass(frozen=True, kw_only=True, eq=False)  # no slots: the backend and the origin are kept once asked for
class Workspace:
    """A session's configuration with one of its environments. `retired`: a state that is closed is read, too.

    `is_former`: the configuration does not name this home, and a move does. `copy` is what git knew of the
    configuration's folder when the command began, where it had to be asked; whoever waited since asks again.
    """

    session: Session
    environment: Environment
    retired: bool = False
    is_former: bool = False
    copy: WorkingCopy | None = None

    @classmethod
    def open(
        cls, session: Session, env: str | None, *, parallelism: int | None = None, retired: bool = False
    ) -> Workspace:
        """The environment of that name, or the default one; `parallelism` takes the place of its own.

        Raises:
            ConfigError: there is none, its state would be lost with this CI job, or git tracks it or `.offerctl`.
            CheckoutError: git refuses to tell whether it does.
        """
        environment = session.config.environment(env)
        copy = check_own_folder(session.config.root)
        check_state(session.config.root, environment.state)
        environment.check_state_home(ci=session.in_ci)
        if parallelism is not None:
            environment = replace(environment, parallelism=parallelism)
        return cls(session=session, environment=environment, retired=retired, copy=copy)

    def former(self, location: str, environment: str) -> Workspace:
        """The same environment as it was: under that name, its state at that location.

        Raises:
            ConfigError: git tracks it.
            CheckoutError: git refuses to tell whether it does.
        """
        check_state(self.config.root, location)
        was = replace(self.environment, name=environment, state=location)
        return Workspace(session=self.session, environment=was, retired=True, is_former=True)

    @cached_property
    def config(self) -> Config:
        """The configuration, with the folder that this environment has its offering files in."""
        return self.session.config.seen_by(self.environment)

    @property
    def console(self) -> Console:
        """Where it is told."""
        return self.session.console

    @cached_property
    def home(self) -> Home:
        """What the state must belong to."""
        environment = self.environment
        return Home(environment.name, environment.base_url, environment.network_key)

    @cached_property
    def api(self) -> Mapping[str, object]:
        """What of its dialect the state is bound to."""
        return self.environment.dialect.whereabouts()

    @cached_property
    def backend(self) -> StateBackend:
        """Where the state lives. Even to look at it sends a cloud's credentials, so the pin comes first.

        Raises:
            ConfigError: the environment has an address that OFFERCTL_ALLOWED_BASE_URL does not allow.
        """
        environment = self.environment
        environment.check_allowed(self.session.environ)
        return open_backend(
            environment.state,
            root=self.config.root,
            environment=environment.name,
            endpoint=environment.endpoint,
            allow_http=environment.allow_http,
            who=partial(host.who, self.session.environ),
        )

    @cached_property
    def place(self) -> Place:
        """Where that is, in its one spelling."""
        return place(self.environment.state, root=self.config.root, environment=self.environment.name)

    def credentials(self) -> Credentials | None:
        """What its Marketplace asks for; none for the embedded one.

        Raises:
            ConfigError: variables are not set, or address or network key stand for yours in an example.
        """
        self.environment.refuse_example()
        return self.config.credentials(self.environment, self.session.environ)

    def read_state(self) -> tuple[State, Version] | None:
        """The state; none when there never was one.

        Raises:
            StateError: missing, unreadable, unavailable, closed, kept elsewhere, or of another environment,
                Marketplace or provider.
        """
        found = self.backend.read()
        if found is None:
            from offerctl.app.first_run import refuse_first_run  # noqa: PLC0415 - it looks for other states, once

            refuse_first_run(self)
            return None
        data, version = found
        state = self.parsed(data)
        elsewhere.refuse_moved(self, state)
        if self._is_vacant(state):
            state = replace(state, home=self.home)
        elsewhere.refuse_foreign(self, state)
        whereabouts.check(state, self.api, self.environment)
        if not self.retired:
            elsewhere.refuse_closed(self, state)
        return replace(state, api=self.api), version

    def _is_vacant(self, state: State) -> bool:
        """Whether nothing can be lost by taking the address or key that the configuration has by now.

        As after a first apply to a mistyped address: no listing is believed, and no run is at work.
        """
        return not state.listings and state.run is None and state.home.environment == self.home.environment

    def existing_state(self) -> tuple[State, Version]:
        """The state, where there must be one.

        Raises:
            UsageError: there never was one.
            StateError: as `read_state`.
        """
        found = self.read_state()
        if found is None:
            raise self.no_state()
        return found

    def no_state(self) -> UsageError:
        """The refusal of a command that needs a state."""
        return UsageError(f"there is no state of {self.environment.name} yet")

    def parsed(self, data: bytes) -> State:
        """The state of a document from its home.

        Raises:
            StateUnreadable: with its place and the way back.
        """
        try:
            return document.parse(data)
        except StateUnreadable as error:
            hint = error.hint if is_foreign_format(data) else self._way_back(data)
            raise StateUnreadable(
                f"the state {self._place()} cannot be used: {error.message}", hint=hint
            ) from error

    def _place(self) -> str:
        kind, _, rest = self.environment.state.partition(":")
        if kind == "git":
            return f"of {self.environment.name} on git branch {rest or DEFAULT_BRANCH}"
        return f"at {rest if kind == 'file' else self.environment.state}"

    def _way_back(self, data: bytes) -> str:
        """The document itself where its values are whole, the newest kept version, or what is left without one."""
        name, (kind, _, rest) = self.environment.name, self.environment.state.partition(":")
        if kind == "file" and document.relaid(data) is not None:
            path = os.path.relpath(self.config.root / rest, self.session.directory)
            return f"Bring its values back: offerctl state push {sanitize(path)} -e {name}"
        with suppress(StateUnavailable):
            for kept in self.backend.history():
                with suppress(StateUnreadable):
                    document.parse(kept.data)
                    return f"Bring back the newest kept version: offerctl state restore {kept.serial} -e {name}"
        return f"No version of it is kept. Make it anew from git's history: offerctl state rebuild -e {name}"

    def new_state(self) -> State:
        """The state of a first run: a lineage of its own, and nothing believed."""
        return State(lineage=str(uuid4()), home=self.home, api=self.api)

    def read_files(self, state: State | None = None, copy: WorkingCopy | None = None) -> OfferingFiles:
        """Every offering file, or its problems, and the commit that holds them; nothing is told.

        Those that are as the state remembers them are not read. A `copy` says what git knows of the folder, which
        else is asked.

        Raises:
            CatalogError: the folder cannot be read as a whole.
            CheckoutError: files that git knows are not there.
        """
        return read_offerings(self.config, state, copy)

    def catalogue(self, state: State | None = None, copy: WorkingCopy | None = None) -> OfferingFiles:
        """The same without errors; that there are warnings, or doubts of git, is told.

        Raises:
            InvalidFiles: files have errors.
            CatalogError: the folder cannot be read as a whole.
            CheckoutError: files that git knows are not there.
        """
        found = self.valid_files(state, copy)
        self.tell_doubts(found)
        return found

    def valid_files(self, state: State | None = None, copy: WorkingCopy | None = None) -> OfferingFiles:
        """As `catalogue`, and nothing is told yet."""
        found = self.read_files(state, copy)
        if found.errors:
            from offerctl.render import problems  # noqa: PLC0415 - each code's explanation, and files are mostly right

            raise InvalidFiles(found, problems.summary(found.problems, found.files))
        return found

    def tell_doubts(self, found: OfferingFiles) -> None:
        """That files have warnings, or that git cannot say which commit holds them."""
        console = self.console
        if number := sum(warning.count for warning in found.warnings):
            one, more = "warning about the files; to see it", "warnings about the files; to see them"
            console.warn(f"{counted(number, one, more)}: offerctl validate")
        if found.doubt is not None:
            console.warn(
                f"{found.doubt.message}. So the commit of the offering files is not known. {found.doubt.hint}"
            )

    def make_plan(
        self, options: Options, state: State | None, files: OfferingFiles, *, former: Liveness = Liveness.FREE
    ) -> Plan:
        """What apply would do to this environment; `former` is what is known of the run that the state shows.

        Raises:
            UsageError: `--target` or `--exclude` names an id that nobody knows.
        """
        environment = self.environment
        made = make(
            files.desired,
            state,
            as_believed=files.as_believed(state),
            home=self.home,
            options=options,
            guards=Guards(
                max_deletes=environment.max_deletes,
                allow_replace=environment.allow_replace,
                ephemeral=environment.ephemeral,
                policy=self.config.policy,
            ),
            origin=files.origin,
            api=environment.dialect.document(),
            standards=self.config.standards,
        )
        longest = self.longest_wait(former)
        at_once = None if environment.is_local else environment.parallelism
        return replace(files.guarded(made), longest_wait=longest, parallelism=at_once)

    def longest_wait(self, former: Liveness) -> timedelta:
        """How long a run that begins now waits at most for what the state says is quiet."""
        return longest_wait(former, lease=self.environment.lease, window=self.environment.settle_window)
