"""Follows links from place to place, such as references between provisions.

Takes links, each from a source to a target, with the evidence of the link; returns chains of links. A place with links
to several targets leads nowhere, because a question could not say which one it means. Time is linear in the number of
links and the length of the chains.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.synthesize.structural.facts import Span


@dataclass(frozen=True, slots=True)
class Link:
    """A link between two places, each given by its index."""

    source: int
    target: int
    spans: tuple[Span, ...]
    """The evidence: where the source names the target."""


def only_links(links: Iterable[Link]) -> dict[int, Link]:
    """Return the link of each source whose links all have the same target, with the evidence of all of them."""
    by_source: dict[int, list[Link]] = defaultdict(list)
    for link in links:
        by_source[link.source].append(link)
    return {
        source: Link(source, own[0].target, tuple(sorted({span for link in own for span in link.spans})))
        for source, own in by_source.items()
        if len({link.target for link in own}) == 1
    }


def chains(links: Mapping[int, Link], *, num_links: int) -> Iterator[tuple[Link, ...]]:
    """Yield every chain of exactly `num_links` links that visits no place twice, by source."""
    for source in sorted(links):
        chain: list[Link] = []
        visited = {source}
        at = source
        while len(chain) < num_links and at in links:
            link = links[at]
            if link.target in visited:
                break
            chain.append(link)
            visited.add(link.target)
            at = link.target
        if len(chain) == num_links:
            yield tuple(chain)
