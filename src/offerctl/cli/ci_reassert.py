"""What `offerctl ci reassert` does: what was confirmed is written again, and what was deleted stays so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from offerctl.cli.ci_apply import Delivery
from offerctl.cli.conduct import exit_code
from offerctl.errors import Exit
from offerctl.github import texts
from offerctl.github.ending import Ending
from offerctl.offering import Desired
from offerctl.plan import Action, Options, Plan
from offerctl.run import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassertion(Delivery):
    """One call of `ci reassert`. Whatever else differs waits for `ci apply`."""

    @staticmethod
    def _options(accept: str | None) -> Options:
        del accept
        return Options(reassert=True)

    def _deliver(self, desired: Mapping[str, Desired]) -> Exit:
        with self._hold() as lock_free:
            found = self._state(lock_free=lock_free)
            whole = self.workspace.make_plan(self.options, found[0] if found else None, desired)
            plan = own(whole)
            self._show(plan)
            if found is None or not plan.changes:
                report = Report(run="", results=())
            else:
                machine = self._machine(plan, found[0], desired, lock_free=lock_free)
                # No new commit is applied by this: the one that was stays the one last applied.
                author = replace(machine.author, commit=found[0].applied_commit)
                report = self._conduct(replace(machine, author=author), found, self._credentials())
        return self._ended(whole, plan, report)

    def _ended(self, whole: Plan, plan: Plan, report: Report) -> Exit:
        ending = Ending(
            environment=self.workspace.environment.name,
            report=report,
            total=len(plan.changes),
            run_url=self.desk.event.run_url,
        )
        code = self._tell(report) if plan.changes else exit_code(report)
        self.desk.give(exit_code=int(code))
        self.desk.summarise(texts.ending_summary(ending, plan, datetime.now(UTC)))
        if not ending.confirmed:
            self.desk.annotate(texts.annotation("error", texts.first_line(ending)))
        others = len(whole.changes) > len(plan.changes) or any(whole.contested.values())
        if not ending.confirmed or not others:
            with self.desk.best_effort("The issue"):
                self.desk.keep_issue(ending)
        return code


def own(plan: Plan) -> Plan:
    """The part of a re-asserting plan that only repeats what was confirmed. No rail is about that."""
    repeated = tuple(change for change in plan.changes if change.action is Action.REASSERT)
    return replace(plan, changes=repeated, protections={}, contested={}, refusals=())
