"""A document that a teacher is asked about: what the teacher sees of it, and how its requests are made.

The written tasks plan and read with it. Everything it returns depends only on the document and the recipe, so that a
resumed build plans the same requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from math import ceil

from pipeline.config.build import PromptForm, WrittenRecipe
from pipeline.documents.grammar.outline import outline_of
from pipeline.languages import language_rules
from pipeline.nodes import Node
from pipeline.records import Context, Dropped
from pipeline.synthesize.evidence import without_inner
from pipeline.synthesize.prompts.chat import Passage
from pipeline.synthesize.prompts.templates import prompt_version
from pipeline.synthesize.segmenting.heading_path import heading_path
from pipeline.synthesize.segments import choose_spread, document_segments, segment_chars, text_pieces
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.small_teacher.answer_checks import IndexedDocument, index_document
from pipeline.synthesize.teachers.protocol import ChatPrompt, CompletionPrompt, Sampling, TeacherRequest
from pipeline.synthesize.verify.chain import Doubts
from pipeline.synthesize.written.draft import Draft
from pipeline.synthesize.written.room import MOST_PASSAGES, TOKENIZER_MARGIN, document_tokens


class WrittenDocument:
    """A document with the options of its requests."""

    def __init__(
        self,
        context: Context,
        *,
        form: PromptForm,
        recipe: WrittenRecipe,
        max_model_tokens: int,
        sampling: Sampling,
        room_for_answers: int = 0,
        register: str | None = None,
        is_judged: bool = False,
    ) -> None:
        """Prepare a document.

        Args:
            context: the document.
            form: the form of the prompts.
            recipe: lengths and thresholds.
            max_model_tokens: the teacher's window; of a document that does not fit, the teacher sees only a part.
            sampling: the sampling of every request; its seed also chooses the segments.
            room_for_answers: tokens of the window to keep for answers, if more than those of `sampling`.
            register: the register of the questions and answers, such as `polite`; empty if any will do. By default,
                the seed and the document choose one of those that the language has.
            is_judged: whether a judge will settle the doubts that comparisons of words leave.
        """
        self.context = context
        self.is_chat = form is PromptForm.CHAT
        self.recipe = recipe
        self.sampling = sampling
        self._room_for_answers = max(room_for_answers, sampling.max_answer_tokens)
        self._is_judged = is_judged
        rules = language_rules(context.language).register
        self.register = (rules.register_for(context.doc_id, sampling.seed) or "") if register is None else register
        self._max_model_tokens = max_model_tokens

    @property
    def max_chars(self) -> int:
        """The maximum length of a segment, in characters."""
        return segment_chars(self.recipe.segment_tokens, self.context)

    @cached_property
    def indexed(self) -> IndexedDocument:
        """The index for the checks of replies in completion form, made when the first of them needs it."""
        return index_document(self.context.text, self.context.language)

    @cached_property
    def outline(self) -> tuple[Node, ...]:
        """The nodes of the document's outline."""
        return outline_of(self.context)

    @cached_property
    def segments(self) -> list[Span]:
        """The segments to ask about, in order."""
        return document_segments(self.context, max_chars=self.max_chars)

    def new_doubts(self) -> Doubts | None:
        """Return a list for the doubts about one draft; None if no judge will settle them, so that a fault rejects."""
        return [] if self._is_judged else None

    def doubted(self, draft: Draft, fault: Dropped | None) -> Draft | Dropped:
        """Return a draft with one more doubt for the judge; without a judge, the fault. Without a fault, the draft."""
        if fault is None:
            return draft
        return replace(draft, doubts=(*draft.doubts, fault)) if self._is_judged else fault

    def text(self, span: Span) -> str:
        """Return the text of a span."""
        return self.context.text[span.start : span.end]

    def passage(self, span: Span, *, question: str = "", answer: str = "") -> Passage:
        """Return a span with the titles of the sections around it, for a prompt."""
        return Passage(self.text(span), heading_path(self.context, span), question, answer)

    def chosen(self, spans: Sequence[Span], scores: Sequence[float], *, count: int, task: str) -> list[Span]:
        """Return at most `count` spans for a task, spread over the depth of the document; see `choose_spread`."""
        indices = choose_spread(
            spans,
            scores=scores,
            count=count,
            text_length=len(self.context.text),
            seed=self.sampling.seed,
            doc_id=self.context.doc_id if task == "qa" else f"{task}:{self.context.doc_id}",
        )
        return [spans[index] for index in indices]

    def request(self, prompt: ChatPrompt | CompletionPrompt, *, task: str) -> TeacherRequest:
        """Return the request of a task with a prompt."""
        return TeacherRequest(
            prompt=prompt, sampling=self.sampling, prompt_version=prompt_version(self.context.language, task)
        )

    def visible_around(self, *spans: Span) -> str:
        """Return what the teacher sees of the document beside the passages of a prompt.

        That is all of it or, if too long, the piece in which the spans begin. Each document is cut into pieces once, so
        that the requests about one piece share their prefix. Spans that begin in different pieces are shown themselves.
        Without spans, it is the first piece.
        """
        piece = self._piece_of(spans)
        return self.text(piece) if piece is not None else self._shown_alone(spans)

    def visible_with(self, *spans: Span) -> str:
        """Return what is seen of the document in a prompt that shows no passages, and must hold spans.

        It is what `visible_around` returns, with the rest of a span that begins in the piece. The room of the passages
        is free for it.
        """
        piece = self._piece_of(spans)
        end = max((span.end for span in spans), default=0)
        if piece is None or end > piece.end + MOST_PASSAGES * self.max_chars:
            return self._shown_alone(spans)
        return self.text(Span(start=piece.start, end=max(piece.end, end)))

    def _piece_of(self, spans: Sequence[Span]) -> Span | None:
        """Return the piece in which all spans begin; None if there is none."""
        return next(
            (piece for piece in self._pieces if all(piece.start <= span.start < piece.end for span in spans)), None
        )

    def _shown_alone(self, spans: Sequence[Span]) -> str:
        """Return the text of spans, as far as they fit into the room of a piece."""
        room = max(piece.end - piece.start for piece in self._pieces)
        shown = []
        for span in without_inner(spans):
            shown.append(self.text(span)[:room])
            room -= len(shown[-1])
        return "\n\n".join(text for text in shown if text)

    @property
    def is_shown_whole(self) -> bool:
        """Whether the teacher sees the whole document in every request."""
        return len(self._pieces) == 1

    @cached_property
    def _pieces(self) -> list[Span]:
        context = self.context
        # The student's tokenizer may need several times `segment_tokens` for a segment.
        segment = ceil(min(self.max_chars, len(context.text)) * context.num_tokens / max(1, len(context.text)))
        room = document_tokens(self._max_model_tokens, answers=self._room_for_answers, segment=segment)
        num_tokens = context.num_tokens * TOKENIZER_MARGIN
        if num_tokens <= room:
            return [Span(start=0, end=len(context.text))]
        max_chars = max(1, int(max(1, room) * len(context.text) / num_tokens))
        return text_pieces(context.text, max_chars=max_chars) or [Span(start=0, end=max_chars)]
