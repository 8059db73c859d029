"""Ranks the chunks of a document by their relevance to a question with BM25, the usual baseline of retrieval.

Takes texts; returns scores. The formula is that of Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25
and Beyond" (2009), section 3.3, with k1 = 1.2 and b = 0.75. The weight of a word is log(1 + (N − n + 0.5) / (n + 0.5)),
which is never negative, as in Lucene. Words count by their stems. In a language whose endings are attached to words,
the pairs of neighbouring letters of a word count instead, as in Lucene's analyser of Chinese, Japanese and Korean.

Pure. Cost: an index is linear in the length of the texts, a question in the number of texts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.languages import rules_by_script
from pipeline.synthesize.words import is_stop_word, stem, tokens

_K1 = 1.2
_B = 0.75


@dataclass(frozen=True, slots=True)
class ChunkIndex:
    """The words of each chunk."""

    counts: tuple[Mapping[str, int], ...]
    """How often each word occurs, by chunk."""
    lengths: tuple[int, ...]
    """The number of words of each chunk."""
    num_chunks_with: Mapping[str, int]
    """The number of chunks that contain a word."""

    def scores(self, question: str) -> list[float]:
        """Return the score of each chunk for a question, at least 0; only their order has a meaning."""
        mean_length = sum(self.lengths) / len(self.lengths) if any(self.lengths) else 1.0
        asked = sorted(Counter(search_words(question)).items())
        weights = [(word, times * self._weight(word)) for word, times in asked if word in self.num_chunks_with]
        found = []
        for counts, length in zip(self.counts, self.lengths, strict=True):
            damping = _K1 * (1 - _B + _B * length / mean_length)
            hits = ((weight, counts[word]) for word, weight in weights if word in counts)
            found.append(math.fsum(weight * count * (_K1 + 1) / (count + damping) for weight, count in hits))
        return found

    def ranked(self, question: str) -> list[int]:
        """Return the numbers of all chunks, the most relevant one first; of equal ones, the earlier one first."""
        scores = self.scores(question)
        return sorted(range(len(scores)), key=lambda number: (-scores[number], number))

    def _weight(self, word: str) -> float:
        num_with = self.num_chunks_with[word]
        return math.log1p((len(self.counts) - num_with + 0.5) / (num_with + 0.5))


def index_of(chunks: Sequence[str]) -> ChunkIndex:
    """Return the index of the chunks of a document."""
    counts = tuple(Counter(search_words(chunk)) for chunk in chunks)
    return ChunkIndex(
        counts=counts,
        lengths=tuple(count.total() for count in counts),
        num_chunks_with=Counter(word for count in counts for word in count),
    )


def search_words(text: str) -> list[str]:
    """Return what is searched for and found: stems of words, or pairs of letters, in order and with repeats."""
    words: list[str] = []
    for token in tokens(text):
        if rules_by_script(token).answers.counts_characters:
            words += [token[at : at + 2] for at in range(max(1, len(token) - 1))]
        elif not is_stop_word(token):
            words.append(stem(token))
    return words
