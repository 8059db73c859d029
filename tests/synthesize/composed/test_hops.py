from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.synthesize.composed.hops import Link, chains, only_links
from pipeline.synthesize.structural.facts import Span

LINKS = st.lists(
    st.builds(
        lambda source, target, at: Link(source, target, (Span(at, at + 1),)),
        st.integers(0, 7),
        st.integers(0, 7),
        st.integers(0, 99),
    ),
    max_size=20,
)


@given(LINKS)
def test_only_links_keeps_a_source_exactly_if_it_has_one_target_and_loses_no_evidence(links: list[Link]) -> None:
    kept = only_links(links)
    for source in range(8):
        own = [link for link in links if link.source == source]
        assert (source in kept) == (len({link.target for link in own}) == 1)
        if source in kept:
            assert kept[source].target == own[0].target
            assert set(kept[source].spans) == {span for link in own for span in link.spans}


@given(LINKS, st.integers(1, 4))
def test_chains_are_connected_and_visit_no_place_twice(links: list[Link], num_links: int) -> None:
    kept = only_links(links)
    found = list(chains(kept, num_links=num_links))
    for chain in found:
        assert len(chain) == num_links
        places = [chain[0].source, *(link.target for link in chain)]
        assert len(set(places)) == num_links + 1
        assert all(kept[link.source] is link for link in chain)
        assert all(one.target == other.source for one, other in pairwise(chain))
    assert len({chain[0].source for chain in found}) == len(found)


@given(LINKS)
def test_chains_of_one_link_are_all_links_but_those_to_themselves(links: list[Link]) -> None:
    kept = only_links(links)
    assert [chain[0] for chain in chains(kept, num_links=1)] == [
        kept[source] for source in sorted(kept) if kept[source].target != source
    ]
