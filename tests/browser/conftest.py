"""A real browser for pages on disk, with the network cut: Debian's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator

import pytest

REQUIRED = os.environ.get("AEEVAL_REQUIRE_BROWSER") == "1"
NAMES = ("chromium", "chromium-browser", "google-chrome")
# No GPU is needed: SwiftShader draws WebGL. A root user's container has no sandbox of the browser's own.
SWITCHES = ["--no-sandbox", "--enable-unsafe-swiftshader", "--use-angle=swiftshader"]


def _missing(what: str) -> None:
    if REQUIRED:
        pytest.fail(f"AEEVAL_REQUIRE_BROWSER=1, and there is no {what}")
    pytest.skip(f"needs {what}")


@pytest.fixture(scope="session")
def browser() -> Iterator:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright: pip install playwright")
    path = os.environ.get("AEEVAL_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        _missing("Chromium: apt-get install chromium, or AEEVAL_CHROMIUM=PATH")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield made
        made.close()


@pytest.fixture
def page(browser):
    """A page without a network; a test fails on whatever its console says of errors or warnings."""
    context = browser.new_context(viewport={"width": 1000, "height": 800}, offline=True)
    made = context.new_page()
    said: list[str] = []
    made.on("console", lambda line: said.append(line.text) if line.type in ("error", "warning") else None)
    made.on("pageerror", lambda error: said.append(str(error)))
    made.said = said
    yield made
    context.close()
    assert said == []


@pytest.fixture(scope="session")
def axe():
    """axe-core, as a Python package carries it; `run(page)` answers with its violations."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        _missing("axe-core: pip install axe-playwright-python")
    return Axe()
