"""A real Chromium, and axe in it: what it finds against accessibility in a page as it stands."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_RUN = "axe.run().then((found) => JSON.stringify(found.violations.map((v) => [v.id, v.nodes.map((n) => n.html)])))"


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; skips where Playwright or a browser is missing."""
    api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed (pip install -e '.[dev]')"
    )
    with api.sync_playwright() as playwright:
        browser = _launched(playwright)
        yield browser
        browser.close()


def _launched(playwright: Playwright) -> Browser:
    """The machine's Chromium, or Playwright's own; skips where there is neither."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    own = playwright.chromium.executable_path
    if found is None and not Path(own).exists():
        pytest.skip(
            f"there is no browser: none of {', '.join(BROWSERS)}, nor Playwright's (playwright install chromium)"
        )
    return playwright.chromium.launch(executable_path=found or own, args=["--no-sandbox"])


@contextmanager
def opened(browser: Browser, *, base_url: str | None = None, **settings: str) -> Iterator[Page]:
    """A fresh page; whatever the console complains of fails the test. `settings` are the context's own."""
    complaints: list[str] = []
    context_settings = {"locale": "en-CA", **settings}
    with browser.new_context(base_url=base_url, **context_settings) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
    assert complaints == []


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """Each rule of axe that the page breaks, with the elements; skips where axe is not installed.

    It goes in by the debugger, past the page's Content-Security-Policy, which admits no script of others.
    """
    if not _AXE.is_file():
        pytest.skip("axe-core is not installed (npm install --no-save axe-core)")
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": _AXE.read_text("utf-8")})
    wanted = {"expression": _RUN, "awaitPromise": True, "returnByValue": True}
    answer = session.send("Runtime.evaluate", wanted)
    return [(rule, nodes) for rule, nodes in json.loads(answer["result"]["value"])]
