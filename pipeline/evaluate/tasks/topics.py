"""LongEval's topics on one's own documents: a record of talks about documents; asks for the topic of the first one.

The published words (DachengLi1/LongChat, longeval), and their translation. The title of a document is the topic, and
the beginning of its text is what was said. The first topic is always a held-out document; the others are of the same
language. The longer the record, the more topics; where the corpus has too few, more is said about each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from pydantic import PositiveInt

from pipeline.evaluate.documents.look_ups import one_line
from pipeline.evaluate.documents.passages import whole_ends
from pipeline.evaluate.documents.titles import TitleFault, is_title, title_fault
from pipeline.evaluate.haystacks.generated import TOO_SHORT, GeneratedOptions, item_id, user
from pipeline.evaluate.haystacks.haystack import MakePrompt, fitted
from pipeline.evaluate.material import CorpusEntry, Material
from pipeline.evaluate.prompt import Prompt, Scores
from pipeline.evaluate.task import AnswerTask, Asked, Asking
from pipeline.evaluate.wordings import languages_of, wordings_of
from pipeline.identity import stable_hash64
from pipeline.records import Context
from pipeline.scoring.answers import answer_tokens
from pipeline.synthesize.members import document_views

_NAME: Literal["topics"] = "topics"
_ANSWER_TOKENS = 50
_LEAST_TOPICS = 2
_FULL_SHARE = 0.99
"""A record with all that the documents say has at least this share of its length."""
_LEAST_SHARE = 0.85
"""Any record has at least this share of its length. Sentences are not cut, so an endless one can leave more free."""


class TopicsOptions(GeneratedOptions):
    """Options of the topics. There are `samples` questions in each language, if it has as many held-out documents."""

    task: Literal["topics"] = _NAME
    topic_tokens: PositiveInt = 500
    """The least that is said about a topic, in tokens; decides how many topics a length has."""


@dataclass(frozen=True, slots=True)
class _Topic:
    title: str
    text: str
    ends: tuple[int, ...]
    """Where its beginning may end, in characters; see `whole_ends`."""

    def beginning(self, num_sentences: int) -> str:
        return self.text[: self.ends[num_sentences - 1]].strip() if num_sentences else ""


@dataclass(frozen=True, slots=True)
class _Record:
    """The topics of a question, the one that is asked for first."""

    entry: CorpusEntry
    topics: tuple[_Topic, ...]


def _ask(asking: Asking) -> Asked:
    assert asking.material is not None, "topics are documents of a build"
    skipped: Counter[str] = Counter()
    records = []
    for entry in _asked_about(asking.material, asking, skipped):
        topics = tuple(islice(_topics(entry, asking.material, asking), _num_topics(max(asking.lengths), asking)))
        if len(topics) < _LEAST_TOPICS:
            skipped["fewer_than_two_titles"] += 1
        else:
            records.append(_Record(entry, topics))
    prompts = [
        prompt
        for length in asking.lengths
        for record in records
        if (prompt := _prompt(record, length, asking, skipped)) is not None
    ]
    empty = [length for length in asking.lengths if all(prompt.length != length for prompt in prompts)]
    notes = [f"The build has too few titled documents for records of {length:,} tokens." for length in empty]
    return Asked(tuple(prompts), notes=tuple(notes), skipped=dict(skipped))


def _asked_about(material: Material, asking: Asking, skipped: Counter[str]) -> Iterator[CorpusEntry]:
    """Yield held-out documents, up to `samples` in each language."""
    taken: Counter[str] = Counter()
    for entry in sorted(material.held_out, key=lambda entry: stable_hash64(_NAME, asking.seed, entry.doc_id)):
        if entry.language not in languages_of(_NAME):
            skipped["language_without_words"] += 1
        elif not _titled(entry, material):
            skipped[_untitled_for(entry, material)] += 1
        elif taken[entry.language] < asking.options.samples:
            taken[entry.language] += 1
            yield entry


def _topics(entry: CorpusEntry, material: Material, asking: Asking) -> Iterator[_Topic]:
    """Yield the topic of a document, then others in its language. No two titles have the same words."""
    others = (other for other in material.fillers(entry, seed=asking.seed) if other.language == entry.language)
    seen: set[tuple[str, ...]] = set()
    for number, source in enumerate((entry, *others)):
        # A joined row has several documents; the first question of a record is about one.
        for title, document in _titled(source, material)[: None if number else 1]:
            words = tuple(answer_tokens(title))
            if words not in seen:
                seen.add(words)
                yield _Topic(title, document.text, whole_ends(document))


def _titled(entry: CorpusEntry, material: Material) -> list[tuple[str, Context]]:
    """Return titles and documents of a row, of those that have a title that names a topic."""
    views = document_views(material.context(entry.doc_id))
    return [
        (title, view.context)
        for view in views
        if view.context.text.strip() and is_title(title := one_line(view.context.title), view.context.text)
    ]


def _untitled_for(entry: CorpusEntry, material: Material) -> str:
    """Return why no document of a row has a title that names a topic: what is wrong with the first title."""
    faults = [
        fault
        for view in document_views(material.context(entry.doc_id))
        if (fault := title_fault(one_line(view.context.title), view.context.text)) is not None
    ]
    return next((fault.value for fault in faults if fault is not TitleFault.NONE), TitleFault.NONE.value)


def _num_topics(length: int, asking: Asking) -> int:
    options: TopicsOptions = asking.options
    return max(_LEAST_TOPICS, length // options.topic_tokens)


def _prompt(record: _Record, length: int, asking: Asking, skipped: Counter[str]) -> Prompt | None:
    topics = record.topics[: _num_topics(length, asking)]
    num_sentences = sum(len(topic.ends) for topic in topics)
    make = _record_prompt(record.entry, topics, asking)
    prompt = fitted(make, meter=asking.meter, length=length, max_units=num_sentences)
    if prompt is None:
        skipped[TOO_SHORT] += 1
        return None
    share = (prompt.num_tokens + prompt.max_answer_tokens) / length
    if prompt.messages == make(num_sentences).messages and share < _FULL_SHARE:
        skipped["corpus_too_small"] += 1
        return None
    if share < _LEAST_SHARE:
        skipped["sentence_too_long"] += 1
        return None
    return prompt


def _record_prompt(entry: CorpusEntry, topics: Sequence[_Topic], asking: Asking) -> MakePrompt:
    item = item_id(_NAME, asking.seed, entry.doc_id)
    words = wordings_of(_NAME, entry.language)
    title = topics[0].title
    opening = words["opening"].format(topic=title)
    # A record grows by the first sentence of each topic in turn, then by the second, and so on.
    rounds = sorted((place, number) for number, topic in enumerate(topics) for place in range(len(topic.ends)))

    def make(num_units: int) -> Prompt:
        num_sentences = Counter(number for _, number in rounds[:num_units])
        talks = "".join(
            words["conversation"].format(
                opening=words["opening"].format(topic=topic.title),
                text=topic.beginning(num_sentences[number]),
                topic=topic.title,
            )
            for number, topic in enumerate(topics)
        )
        return Prompt(
            item=item,
            messages=user(words["record"].format(number=len(topics), conversations=talks)),
            gold=(title,),
            length=0,
            num_tokens=0,
            cluster=entry.cluster_id or entry.parent_id,
            language=entry.language,
            depth=0.0,
            max_answer_tokens=_ANSWER_TOKENS,
            proof=(opening,),
            notes={"titles": "\n".join(topic.title for topic in topics)},
        )

    return make


def _score(prompt: Prompt, answer: str) -> Scores:
    """Return whether the first title that the answer names is the right one. Of two that begin together, the longer
    counts."""
    titles = prompt.notes["titles"].split("\n")
    spoken = _bounded(answer)
    named = [(at, -len(title), title) for title in titles if (at := spoken.find(_bounded(title))) >= 0]
    return {"found": float(bool(named) and min(named)[2] == prompt.gold[0])}


def _bounded(text: str) -> str:
    return f" {' '.join(answer_tokens(text))} "


TASK = AnswerTask(
    name=_NAME,
    title="First topic",
    about="Names the first of many topics; the topics are one's own documents (LongEval, DachengLi1/LongChat).",
    options=TopicsOptions,
    ask=_ask,
    score=_score,
    measure="found",
)
