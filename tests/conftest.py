"""What holds for every test: its surroundings, and the two tiers.

The *fast* tier is what `pytest` runs; the *deep* one (`pytest -m deep`) has the tests with the marker `deep`.
A file or a test that is named runs whole, whatever its tier.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import settings

from offerctl.state import shapes

_EXAMPLES = int(os.environ.get("EXAMPLES", "50"))
"""Of each property; by hand: EXAMPLES=1000 pytest tests/state."""
settings.register_profile("offerctl", derandomize=True, deadline=None, database=None, max_examples=_EXAMPLES)
settings.load_profile("offerctl")

# What a developer's shell or a CI runner may have set, and what changes what offerctl does.
_INHERITED = ("OFFERCTL_", "GITHUB_", "CI", "NO_COLOR", "FORCE_COLOR", "TERM", "GIT_", "AWS_", "AZURE_")
_LEFT_OUT = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a test that is skipped has failed (CI)")


@pytest.fixture(scope="session", autouse=True)
def _no_inherited_settings() -> None:
    for name in list(os.environ):
        if name.startswith(_INHERITED):
            del os.environ[name]


@pytest.fixture(scope="session", autouse=True)
def _documents_count_as_long() -> None:
    """The state documents of tests are short. In this process they are read by their shapes, as long ones are.

    Programs that tests start read them as values, as whatever is short.
    """
    shapes.LONG = 0


@pytest.fixture(scope="session", autouse=True)
def _no_inherited_signals() -> None:
    """`nohup pytest &` ignores SIGINT and SIGHUP, and so would every program that a test starts and interrupts.

    With a handler the process goes on ignoring what its caller had it ignore; its children get the default again.
    SIGINT alone becomes what Python makes of it, which asyncio looks for.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT})


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the deep tier out, unless `-m` decides or the test, or its file, is named."""
    if config.option.markexpr:
        return
    named = [argument for argument in config.args if "::" in argument or argument.endswith(".py")]
    files = {(config.invocation_params.dir / argument.partition("::")[0]).resolve() for argument in named}
    left_out = [item for item in items if item.get_closest_marker("deep") and item.path not in files]
    if left_out:
        items[:] = [item for item in items if item not in set(left_out)]
        config.hook.pytest_deselected(items=left_out)
        config.stash[_LEFT_OUT] = len(left_out)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """A worker tells how many deep tests it left out; all workers collect the same."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(_LEFT_OUT, 0)
    yield


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[_LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if left_out := config.stash.get(_LEFT_OUT, 0):
        terminalreporter.section("the deep tier was left out")
        terminalreporter.write_line(f"{left_out} tests that need minutes: pytest -m deep")
        terminalreporter.write_line("Both tiers, linters, types and the wheel, as CI runs them: .ci/run")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    return _judged(report, item.config)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    report = yield
    return _judged(report, collector.config)


def _judged(report: Any, config: pytest.Config) -> Any:
    """With `--no-skips` a skip is a failure that shows its reason."""
    if config.getoption("--no-skips") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped, which --no-skips forbids: {reason}"
    return report
