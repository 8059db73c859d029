"""Walks in a long list of edges: the nodes at a distance from a node, and the parents of a node.

Like GraphWalks (OpenAI 2025, huggingface.co/datasets/openai/graphwalks), in own words. A question's own edges are the
same at all lengths; the edges that fill the list never change its answer.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from pydantic import PositiveInt

from pipeline.evaluate.haystacks.generated import GeneratedOptions, ask_at_lengths, drawn, item_id, user
from pipeline.evaluate.haystacks.haystack import MakePrompt, Needle, interleaved
from pipeline.evaluate.prompt import Prompt, Scores
from pipeline.evaluate.task import AnswerTask, Asked, Asking

_ANSWER_TOKENS = 160
_NAME_DIGITS = 8
_MOST_NODES = 6
"""The largest set that is asked for. With it, the answer stays short."""
_EDGES_AT_ONCE = 512
_TEMPLATE = (
    "You will be given a directed graph as a list of edges, and an operation on it. "
    "Return the set of nodes that the operation results in.\n"
    "A BFS (breadth-first search) with depth n results in the nodes whose shortest path from the start has exactly n "
    "edges, without the start. The parents of a node are the nodes with an edge to it.\n\n"
    "Here is an example.\n"
    "The graph has the following edges:\nabcd -> efgh\nabcd -> ijkl\nefgh -> mnop\n"
    "Operation: Perform a BFS from node abcd with depth 1.\n"
    "Final Answer: [efgh, ijkl]\n\n"
    "Here is the graph to operate on.\n"
    "The graph has the following edges:\n{edges}\n"
    "Operation: {operation}\n"
    "Return only the final answer, as a list of nodes in brackets."
)
_ANSWER = "Final Answer:"


class GraphWalksOptions(GeneratedOptions):
    """Options of the walks in a graph. There are `samples` questions of each of the two kinds."""

    task: Literal["graph_walks"] = "graph_walks"
    depth: PositiveInt = 2
    """The depth of the breadth-first searches: the number of edges from the start to the nodes that are asked for."""


class _Kind(StrEnum):
    BFS = "bfs"
    PARENTS = "parents"


@dataclass(frozen=True, slots=True)
class _Edge:
    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"


@dataclass(frozen=True, slots=True)
class _Question:
    operation: str
    gold: tuple[str, ...]
    proof: tuple[_Edge, ...]
    """The edges that a reader needs."""
    others: tuple[_Edge, ...]
    """Edges at the question's nodes that do not change the answer."""

    def nodes(self) -> frozenset[str]:
        """Return the nodes that the other edges of the list must not touch."""
        return frozenset(node for edge in (*self.proof, *self.others) for node in (edge.source, edge.target))


def _ask(asking: Asking) -> Asked:
    makers = [
        _graph_prompt(kind, asking.options.depth, item_id("graph_walks", asking.seed, kind, sample))
        for kind in _Kind
        for sample in range(asking.options.samples)
    ]
    return ask_at_lengths(asking, lambda _: makers)


def _graph_prompt(kind: _Kind, depth: int, item: str) -> MakePrompt:
    source = drawn(item, "question", depth)
    question = _bfs(depth, source) if kind is _Kind.BFS else _parents(source)
    needles = [Needle(source.random(), str(edge)) for edge in (*question.proof, *question.others)]
    taken = question.nodes()
    first = min(needle.share for needle in needles[: len(question.proof)])

    def make(num_units: int) -> Prompt:
        # Rounded up, so that the guesses of one search share their edges.
        edges = _filler(item, taken, -(-num_units // _EDGES_AT_ONCE) * _EDGES_AT_ONCE)[:num_units]
        listed = "\n".join(interleaved(edges, needles))
        return Prompt(
            item=item,
            messages=user(_TEMPLATE.format(edges=listed, operation=question.operation)),
            gold=question.gold,
            length=0,
            num_tokens=0,
            cluster=item,
            kind=kind.value,
            depth=first,
            answer_start=_ANSWER,
            max_answer_tokens=_ANSWER_TOKENS,
            proof=tuple(str(edge) for edge in question.proof),
        )

    return make


def _bfs(depth: int, source: random.Random) -> _Question:
    names = _names(source)
    start = next(names)
    level, edges = [start], []
    for _ in range(depth):
        following = [next(names) for _ in range(source.randint(2, _MOST_NODES))]
        edges += [_Edge(source.choice(level), node) for node in following]
        level = following
    # Edges that lead on from the last level, and edges that lead to each node, so that none stands out.
    away = [_Edge(node, next(names)) for node in level]
    towards = [_Edge(next(names), node) for node in (start, *(edge.target for edge in edges))]
    operation = f"Perform a BFS from node {start} with depth {depth}."
    return _Question(operation, tuple(sorted(level)), tuple(edges), (*away, *towards))


def _parents(source: random.Random) -> _Question:
    names = _names(source)
    target = next(names)
    parents = [next(names) for _ in range(source.randint(2, _MOST_NODES))]
    # Edges that lead the other way, so that the direction counts, and edges between other nodes and the parents.
    away = [_Edge(target, next(names)) for _ in range(source.randint(1, 3))]
    towards = [_Edge(next(names), node) for node in parents]
    proof = tuple(_Edge(node, target) for node in parents)
    return _Question(f"Find the parents of node {target}.", tuple(sorted(parents)), proof, (*away, *towards))


@lru_cache(maxsize=8)
def _filler(item: str, taken: frozenset[str], number: int) -> tuple[str, ...]:
    """Return the first of a question's other edges, each once, none at a node of the question."""
    source = drawn(item, "edges")
    names = (name for name in _names(source) if name not in taken)
    nodes = [next(names), next(names)]
    edges: dict[_Edge, None] = {}
    while len(edges) < number:
        edge = _Edge(source.choice(nodes), source.choice(nodes))
        if edge.source != edge.target:
            edges[edge] = None
        nodes.append(next(names))
    return tuple(map(str, edges))


def _names(source: random.Random) -> Iterator[str]:
    """Yield names of nodes, each once."""
    given: set[str] = set()
    while True:
        name = f"{source.getrandbits(4 * _NAME_DIGITS):0{_NAME_DIGITS}x}"
        if name not in given:
            given.add(name)
            yield name


def _score(prompt: Prompt, answer: str) -> Scores:
    """Return F1 and equality of the answered set: the nodes in the last brackets, or in all of an answer without."""
    lists = re.findall(r"\[([^\[\]]*)\]", answer)
    answered = set(re.findall(rf"\b[0-9a-f]{{{_NAME_DIGITS}}}\b", lists[-1] if lists else answer))
    gold = set(prompt.gold)
    f1 = 2 * len(answered & gold) / (len(answered) + len(gold))
    return {"f1": f1, "exact": float(answered == gold)}


TASK = AnswerTask(
    name="graph_walks",
    title="Walks in a graph",
    about="Returns the nodes at a distance, or the parents of a node, from a long list of edges (like GraphWalks).",
    options=GraphWalksOptions,
    ask=_ask,
    score=_score,
    measure="f1",
    measures=("exact",),
    needs_build=False,
)
