"""Answers of the models of the benchmark of rows: generated, scored, and put into tables.

Takes a model and held-out rows; returns a score for every turn. Turns are compared question by question, and intervals
come from a bootstrap that draws whole documents. Used by `rows`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks._results import table_row
from benchmarks._rows_training import Built, RowKind
from pipeline.evaluate.subjects.huggingface import load_model
from pipeline.io.models import EMBEDDED_MODEL
from pipeline.records import SftExample
from pipeline.scoring.answers import AnswerScore, score_answer
from pipeline.scoring.intervals import Interval, clustered_difference_interval, clustered_interval
from pipeline.tokens.conversation import tokenize_conversation
from pipeline.tokens.tokenizer import load_tokenizer
from pipeline.train.generation.greedy import GreedyLimits, TokenizedPrompt, generate_answers
from pipeline.train.generation.stopping import stop_ids_of

_MAX_BATCH_TOKENS = 12_288
_MIN_DOCUMENTS = 10


@dataclass(frozen=True, slots=True)
class ScoredTurn:
    """One answer of a model, beside the gold answer."""

    document: str
    family: str
    task: str
    question: str
    gold: str
    answer: str
    score: AnswerScore


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better one model's answers are than another's to the same questions."""

    mean: float
    interval: Interval
    num_documents: int

    @property
    def has_enough_documents(self) -> bool:
        """Whether there are enough documents for the interval to mean something."""
        return self.num_documents >= _MIN_DOCUMENTS

    @property
    def is_shown(self) -> bool:
        """Whether the interval does not contain 0."""
        return self.has_enough_documents and (self.interval.low > 0 or self.interval.high < 0)


def answer_rows(
    reference: str, rows: Sequence[SftExample], built: Built, *, max_answer_tokens: int
) -> list[ScoredTurn]:
    """Return a model's scored answers to all questions of some rows, each after the gold answers before it."""
    conversations = [tokenize_conversation(row.messages, EMBEDDED_MODEL) for row in rows]
    asked = [
        (row, turn, TokenizedPrompt(conversation.ids[:start], max_answer_tokens))
        for row, conversation in zip(rows, conversations, strict=True)
        for turn, (start, _) in enumerate(conversation.answer_spans)
    ]
    tokenizer = load_tokenizer(EMBEDDED_MODEL)
    limits = GreedyLimits(stop_ids=stop_ids_of(EMBEDDED_MODEL), max_batch_tokens=_MAX_BATCH_TOKENS)
    model = load_model(reference, dtype="bfloat16", device="cpu")
    answers = dict(generate_answers(model, [prompt for _, _, prompt in asked], limits=limits))
    scored = []
    for number, (row, turn, _) in enumerate(asked):
        question, gold = (row.messages[2 * turn + offset].content for offset in (0, 1))
        answer = tokenizer.decode(answers[number].ids, skip_special_tokens=True)
        scored.append(
            ScoredTurn(
                document=built.document_of(row),
                family=row.turns[turn].family,
                task=row.turns[turn].task,
                question=question,
                gold=gold,
                answer=answer,
                score=score_answer(answer, gold),
            )
        )
    return scored


def by_document(turns: Sequence[ScoredTurn], measure: Callable[[ScoredTurn], float]) -> list[list[float]]:
    """Return the measures of the turns of each document; documents and turns are in their first order."""
    found: dict[str, list[float]] = {}
    for turn in turns:
        found.setdefault(turn.document, []).append(measure(turn))
    return list(found.values())


def difference(
    first: Sequence[ScoredTurn], second: Sequence[ScoredTurn], measure: Callable[[ScoredTurn], float], *, seed: int
) -> Difference:
    """Return mean(first) − mean(second) of two models' answers to the same questions."""
    assert [(turn.document, turn.gold) for turn in first] == [(turn.document, turn.gold) for turn in second]
    better, worse = by_document(first, measure), by_document(second, measure)
    interval = clustered_difference_interval(better, worse, seed=seed)
    return Difference(mean(first, measure) - mean(second, measure), interval, num_documents=len(better))


def mean(turns: Sequence[ScoredTurn], measure: Callable[[ScoredTurn], float]) -> float:
    """Return the mean over all turns."""
    return sum(map(measure, turns)) / len(turns)


def exact(turn: ScoredTurn) -> float:
    """Return 1 for an exact match, otherwise 0."""
    return float(turn.score.is_exact)


def f1(turn: ScoredTurn) -> float:
    """Return the token F1."""
    return turn.score.f1


Answers = Mapping[RowKind, Mapping[str, Sequence[ScoredTurn]]]
"""By kind of held-out rows, then by model."""


def score_lines(answers: Answers, *, seed: int) -> Iterator[str]:
    """Yield the table of all models on both kinds of held-out rows."""
    yield (
        "| held-out rows | model | documents | answers | exact match | F1 | same numbers | refused when it should | "
        "refused when it should not |"
    )
    yield "| --- | --- | ---: | ---: | --- | --- | ---: | ---: | ---: |"
    for kind, by_model in answers.items():
        for model, turns in by_model.items():
            with_numbers = [turn for turn in turns if turn.score.has_same_numbers is not None]
            absent = [turn for turn in turns if turn.score.should_refuse]
            present = [turn for turn in turns if not turn.score.should_refuse]
            yield table_row(
                kind.value,
                [
                    model,
                    str(len({turn.document for turn in turns})),
                    str(len(turns)),
                    *(_mean_text(turns, measure, seed) for measure in (exact, f1)),
                    _share(with_numbers, lambda turn: float(turn.score.has_same_numbers is True)),
                    _share(absent, lambda turn: float(turn.score.is_refusal)),
                    _share(present, lambda turn: float(turn.score.is_refusal)),
                ],
            )


def family_lines(answers: Answers) -> Iterator[str]:
    """Yield a table of F1 by task family, over both kinds of held-out rows."""
    models = list(next(iter(answers.values())))
    yield f"| F1 of the task family | answers | {' | '.join(models)} |"
    yield f"| --- | ---: | {' | '.join(['---:'] * len(models))} |"
    pooled = {model: [turn for by_model in answers.values() for turn in by_model[model]] for model in models}
    families = sorted({turn.family for turn in pooled[models[0]]})
    for family in families:
        own = {model: [turn for turn in turns if turn.family == family] for model, turns in pooled.items()}
        yield table_row(family, [str(len(own[models[0]])), *(f"{mean(own[model], f1):.3f}" for model in models)])


def _mean_text(turns: Sequence[ScoredTurn], measure: Callable[[ScoredTurn], float], seed: int) -> str:
    interval = clustered_interval(by_document(turns, measure), seed=seed)
    return f"{mean(turns, measure):.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def difference_text(found: Difference) -> str:
    """Return a difference with its interval."""
    return f"{found.mean:+.3f} [{found.interval.low:+.3f}, {found.interval.high:+.3f}]"


def _share(turns: Sequence[ScoredTurn], measure: Callable[[ScoredTurn], float]) -> str:
    return f"{mean(turns, measure):.2f} of {len(turns)}" if turns else "–"
