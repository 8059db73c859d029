"""Each page in Chromium, at two widths and in both themes: it shows, asks for nothing and complains of nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

HEADLINES = {
    "build": "42 verified rows with 42 questions were made from 10 documents",
    "preview": "2 requests about 1 document became 0 rows.",
    "training": "Held-out loss fell from 1.900 to 1.300",
    "evaluation": "answers have an F1 of 0.52",
}
_BINARIES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    binary = next(filter(None, map(shutil.which, _BINARIES)), None)
    if binary is None:
        pytest.skip(f"no browser: none of {', '.join(_BINARIES)} is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # --no-sandbox: a container's root user may not open Chromium's sandbox.
        launched = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("kind", sorted(HEADLINES))
def test_page_in_browser_is_whole_quiet_and_fits(
    browser: Any, pages: dict[str, Path], kind: str, width: int, theme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=theme)
    page = context.new_page()
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.goto(pages[kind].as_uri())
    for details in page.query_selector_all("details"):
        details.evaluate("element => element.open = true")
    headline = page.get_by_text(HEADLINES[kind]).first
    assert headline.is_visible()
    box = headline.bounding_box()
    assert box is not None and 0 <= box["y"] < 844
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(251, 250, 248)" if theme == "light" else "rgb(20, 23, 26)")
    assert requests == [pages[kind].as_uri()] and complaints == []
    context.close()
