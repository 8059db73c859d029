"""The rounds that prove the drafts of a document: their questions are answered again, and a judge rates the answers.

Both need a model and come after the checks of `verify`. `attempts` and `judging` make the prompts and read the replies,
`verdict` decides. Without a judge, only what the values and names of the attempts show is decided, and the checks say
that no judge was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.records import Checks, Dropped
from pipeline.synthesize.written import attempts as attempting
from pipeline.synthesize.written import judging
from pipeline.synthesize.written.attempts import Attempt, attempt_prompt, conditions_of, read_attempt
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest, Round
from pipeline.synthesize.written.judging import Submission, judge_prompt, read_verdict
from pipeline.synthesize.written.verdict import Verdict, decide, decide_without_judge
from pipeline.synthesize.written_tasks import written_tasks


class DocumentProof:
    """What the attempts and the judge say about the drafts of one document."""

    def __init__(self, document: WrittenDocument, *, judged: WrittenDocument | None, judge: Callable[[], str]) -> None:
        """Prepare the proof.

        Args:
            document: the document, with the options of the teacher's requests.
            judged: the document with the options of the judge's requests; None if there is no judge.
            judge: returns the name of the judge; called only for a verdict, since it may load the model.
        """
        self._document = document
        self._judged = judged
        self._judge = judge
        self._attempts: dict[str, list[Attempt]] = {}
        self._drafts: dict[str, Draft] = {}
        self.verdicts: dict[str, Verdict] = {}
        """The judge's verdicts by the keys of the drafts."""

    @property
    def has_judge(self) -> bool:
        """Whether a judge is asked."""
        return self._judged is not None

    def plan_attempts(self, drafts: Sequence[Draft]) -> list[PlannedRequest]:
        """Return the requests that answer the questions of drafts again."""
        self._drafts = {draft.key: draft for draft in drafts}
        planned = []
        for draft in drafts:
            family = written_tasks()[draft.task].family
            for condition in conditions_of(draft, family=family, kinds=self._document.recipe.attempts):
                prompt = attempt_prompt(
                    condition,
                    draft,
                    context=self._document.context,
                    document=self._document.visible_with(*draft.segments, *draft.evidence),
                    before=self._drafts.get(draft.follows),
                )
                request = self._document.request(prompt, task=attempting.TEMPLATES)
                planned.append(
                    PlannedRequest(
                        draft.task,
                        draft.segments[0],
                        request,
                        round=Round.ATTEMPTS,
                        sources=(draft,),
                        condition=condition,
                    )
                )
        return planned

    def take_attempt(self, item: PlannedRequest, text: str) -> Dropped | None:
        """Read the reply to an attempt. Returns the fault if it cannot be used; the check is not made then."""
        assert item.condition is not None, "an attempt is made under a condition"
        read = read_attempt(text, item.condition)
        if isinstance(read, Dropped):
            return read
        self._attempts.setdefault(item.sources[0].key, []).append(read)
        return None

    def plan_verdicts(self, drafts: Sequence[Draft]) -> list[PlannedRequest]:
        """Return the requests to the judge, one for each draft; none without a judge."""
        if self._judged is None:
            return []
        planned = []
        for draft in drafts:
            prompt = judge_prompt(
                self._submission(draft),
                context=self._judged.context,
                document=self._judged.visible_with(*draft.segments, *draft.evidence),
            )
            request = self._judged.request(prompt, task=judging.TEMPLATES)
            planned.append(PlannedRequest(draft.task, draft.segments[0], request, round=Round.JUDGE, sources=(draft,)))
        return planned

    def judged_checks(self, item: PlannedRequest, text: str) -> Checks | Dropped:
        """Return the checks of a draft with those that the judge's reply decides, or the first fault."""
        assert self._judged is not None, "only a judge gives a verdict"
        (draft,) = item.sources
        verdict = read_verdict(
            text,
            self._submission(draft),
            context=self._judged.context,
            document=self._judged.visible_with(*draft.segments, *draft.evidence),
            judge=self._judge(),
        )
        if isinstance(verdict, Dropped):
            return Dropped("no_verdict", f"The judge's reply cannot be used ({verdict.reason}): {verdict.detail}")
        self.verdicts[draft.key] = verdict
        return decide(verdict, draft, self._document.recipe.verdicts)

    def checks_without_judge(self, draft: Draft) -> Checks | Dropped:
        """Return the checks of a draft with those that its attempts decide alone, or the first fault."""
        return decide_without_judge(
            self._attempts.get(draft.key, []),
            draft,
            family=written_tasks()[draft.task].family,
            language=self._document.context.language,
            limits=self._document.recipe.verdicts,
        )

    def _submission(self, draft: Draft) -> Submission:
        return Submission(
            draft,
            family=written_tasks()[draft.task].family,
            attempts=tuple(self._attempts.get(draft.key, ())),
            before=self._drafts.get(draft.follows),
        )
