"""Walks in a graph, solved independently from the list of edges in the prompt."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from generated_checks import asked_of, score_of, task_of, text_of


def solved(text: str) -> set[str]:
    """The answer to a prompt, read off its own words."""
    listed = text.split("The graph has the following edges:")[-1]
    children, parents = defaultdict(set), defaultdict(set)
    edges = re.findall(r"^(\w+) -> (\w+)$", listed, re.MULTILINE)
    assert len(edges) == len(set(edges)) > 20
    for source, target in edges:
        children[source].add(target)
        parents[target].add(source)
    if asked := re.search(r"Find the parents of node (\w+)\.", listed):
        return parents[asked.group(1)]
    asked = re.search(r"Perform a BFS from node (\w+) with depth (\d+)\.", listed)
    assert asked
    seen = level = {asked.group(1)}
    for _ in range(int(asked.group(2))):
        level = {child for node in level for child in children[node]} - seen
        seen = seen | level
    return level


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_gold_is_what_the_edges_of_the_prompt_give(depth: int) -> None:
    prompts = asked_of("graph_walks", 2048, 4096, samples=4, depth=depth).prompts
    assert {prompt.kind for prompt in prompts} == {"bfs", "parents"}
    for prompt in prompts:
        assert set(prompt.gold) == solved(text_of(prompt)) and 2 <= len(prompt.gold) <= 6
        assert sorted(prompt.gold) == list(prompt.gold)


def test_edges_of_the_filler_share_nodes() -> None:
    (prompt, _) = asked_of("graph_walks", 4096, samples=1).prompts
    ends = re.findall(r"[0-9a-f]{8}", text_of(prompt))
    assert len(set(ends)) < 0.8 * len(ends)


def test_answer_is_the_last_list_and_scored_as_a_set() -> None:
    prompt = asked_of("graph_walks", 2048, samples=1).prompts[0]
    a, *rest = prompt.gold
    score = task_of("graph_walks").score
    backwards = f"[{', '.join(reversed(prompt.gold))}]"
    assert score(prompt, backwards) == {"f1": 1.0, "exact": 1.0}
    assert score(prompt, f"The walk: [deadbeef]\nFinal Answer: {backwards}") == {"f1": 1.0, "exact": 1.0}
    one = score(prompt, f"[{a}]")
    assert one == {"f1": pytest.approx(2 / (2 + len(rest))), "exact": 0.0}
    assert score_of("graph_walks", prompt, "[]") == 0.0
