"""What every page promises, read off its HTML."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup

_ATTRIBUTES_THAT_LOAD = ("src", "srcset", "poster", "action", "data")


def broken_promises(html: str) -> list[str]:
    """Each promise of self-containment or accessibility that a page does not keep, in words."""
    soup = BeautifulSoup(html, "html.parser")
    found = [f"<{tag.name}> runs code" for tag in soup.find_all(["script", "iframe", "object", "embed", "form"])]
    for tag in soup.find_all(True):
        found += [f"<{tag.name}> loads {tag[name]}" for name in _ATTRIBUTES_THAT_LOAD if tag.has_attr(name)]
        found += [f"<{tag.name}> runs {name}" for name in tag.attrs if name.startswith("on")]
        if tag.has_attr("href") and not _stays_here(tag["href"]):
            found.append(f"<{tag.name}> links to {tag['href']}")
    found += [f"the style loads {url}" for url in re.findall(r"url\([^)]*\)|@import[^;]*", str(soup.find("style")))]
    found += ["a table has no caption" for table in soup.find_all("table") if not table.caption]
    found += ["a header cell has no scope" for cell in soup.find_all("th") if not cell.get("scope")]
    for chart in soup.find_all("svg"):
        if chart.get("aria-hidden") != "true" and not (chart.get("aria-label") and chart.desc and chart.desc.text):
            found.append("a chart has no description")
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    found += [f"id {name} stands twice" for name in set(ids) if ids.count(name) > 1]
    anchors = {link["href"][1:] for link in soup.find_all("a") if link["href"].startswith("#")}
    found += [f"no section {name}" for name in anchors - set(ids)]
    found += ["not one h1"] if len(soup.find_all("h1")) != 1 else []
    found += ["no language"] if not soup.html or soup.html.get("lang") != "en" else []
    return found


def _stays_here(href: str) -> bool:
    """Whether a link goes to the page itself or to a file beside it."""
    return href.startswith(("#", "data:,")) or re.match(r"\w[^:?#]*$", href) is not None


def visible_text(html: str) -> str:
    """The page's text with single spaces."""
    body = BeautifulSoup(html, "html.parser").body
    assert body is not None
    return " ".join(body.get_text(" ").split())
