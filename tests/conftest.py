"""What holds for every test."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("offerctl", derandomize=True, deadline=None, database=None)
settings.load_profile("offerctl")

# What a developer's shell or a CI runner may have set, and what changes what offerctl does.
_INHERITED = ("OFFERCTL_", "GITHUB_", "CI", "NO_COLOR", "FORCE_COLOR", "TERM", "GIT_", "AWS_", "AZURE_")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a test that is skipped has failed (CI)")


@pytest.fixture(scope="session", autouse=True)
def _no_inherited_settings() -> None:
    for name in list(os.environ):
        if name.startswith(_INHERITED):
            del os.environ[name]


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
