import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthesis_documents import LEASE, context_of

from pipeline.documents.grammar.outline import read_outline
from pipeline.identity import sha256_hex
from pipeline.nodes import NodeKind
from pipeline.pack.contexts import Placement, joined_context
from pipeline.records import Candidate, Context, Document, JoiningKind, Page, Section
from pipeline.synthesize.members import about_row, document_views
from pipeline.synthesize.structural.candidates import QuestionLimits, structural_candidates
from pipeline.synthesize.tasks import task_names

PLACEMENT = Placement(num_tokens=900, bucket=2048, cluster_id="c", repeats=1)
OTHER = LEASE.replace("GBP 4,800", "GBP 5,100").replace("GBP 950", "GBP 1,200")


def document_of(text: str, title: str, sections: tuple[Section, ...], *, language: str = "en") -> Document:
    return Document(
        f"id-{title}-{len(text)}",
        text,
        "legal",
        language,
        title,
        "MIT",
        f"/{title}.txt",
        0,
        sha256_hex(text.encode()),
        sections,
    )


def joined(documents: list[Document]) -> Context:
    return joined_context(
        documents,
        num_tokens=[len(document.text) // 4 for document in documents],
        joining=JoiningKind.NEAREST,
        placement=PLACEMENT,
    )


def leases(first: str, second: str) -> Context:
    sections = context_of(LEASE, titles=("1. PARTIES AND TERM", "2. RENT", "3. REPAIRS")).sections
    others = context_of(OTHER, titles=("1. PARTIES AND TERM", "2. RENT", "3. REPAIRS")).sections
    return joined([document_of(LEASE, first, sections), document_of(OTHER, second, others)])


def candidates_of(row: Context) -> list[Candidate]:
    found = []
    for view in document_views(row):
        candidates, _ = structural_candidates(
            view.context,
            limits=QuestionLimits(
                tasks=frozenset(task_names()),
                max_questions=view.share_of(8),
                count_tokens=lambda texts: [len(text) // 4 for text in texts],
                max_answer_tokens=400,
            ),
            seed=17,
        )
        found += [about_row(candidate, view) for candidate in candidates]
    return found


SECTIONS = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 3)), min_size=1, max_size=5)


@given(documents=st.lists(SECTIONS, min_size=2, max_size=4))
def test_document_views_undo_what_joining_did(documents: list[list[tuple[int, int]]]) -> None:
    sources = []
    for number, drawn in enumerate(documents):
        sections: list[Section] = []
        for place, (length, level) in enumerate(drawn):
            start = sections[-1].end if sections else 0
            untitled = place == 0 and level == 0
            level_here = 0 if untitled else max(1, level)
            sections.append(Section(start, start + length, level_here, "" if untitled else f"{number}.{place}"))
        text = "".join(chr(97 + (number + offset) % 26) for offset in range(sections[-1].end))
        sources.append(document_of(text, f"t{number}", tuple(sections)))
    views = list(document_views(joined(sources)))
    assert [view.context.text for view in views] == [source.text for source in sources]
    assert [view.context.sections for view in views] == [source.sections for source in sources]
    assert [view.context.doc_id for view in views] == [source.doc_id for source in sources]
    assert all(view.context.members == () and view.context.joining == "none" for view in views)


def test_document_views_of_a_row_that_is_not_joined_is_the_row() -> None:
    row = context_of(LEASE)
    (view,) = document_views(row)
    assert view.context is row
    assert view.share_of(8) == 8
    assert view.num_questions(per_10k_chars=6.0, least=6) == 6
    assert view.num_questions(per_10k_chars=200.0, least=1) == math.ceil(200 * len(LEASE) / 10_000) > 6
    (candidate, *_), _ = structural_candidates(
        row,
        limits=QuestionLimits(
            tasks=frozenset(task_names()),
            max_questions=1,
            count_tokens=lambda texts: [1] * len(texts),
            max_answer_tokens=400,
        ),
        seed=1,
    )
    assert about_row(candidate, view) is candidate


def test_about_row_candidates_name_their_document_and_quote_the_row() -> None:
    row = leases("Shed lease", "Boathouse lease")
    found = candidates_of(row)
    assert {quoted for c in found for quoted in ("“Shed lease”", "“Boathouse lease”") if quoted in c.question} == {
        "“Shed lease”",
        "“Boathouse lease”",
    }
    assert len({candidate.question for candidate in found}) == len(found) > 2, "so that each has one answer in the row"
    for candidate in found:
        assert (candidate.doc_id, candidate.parent_id) == (row.doc_id, row.doc_id)
        member = row.members["“Boathouse lease”" in candidate.question]
        for evidence in candidate.evidence:
            assert row.text[evidence.start : evidence.end] == evidence.quote
            assert member.start <= evidence.start < evidence.end <= member.end
            assert evidence.doc_id == row.doc_id
            assert evidence.depth == evidence.start / len(row.text)
    assert max(evidence.depth for candidate in found for evidence in candidate.evidence) > 0.5


def test_about_row_candidates_name_the_number_where_titles_repeat() -> None:
    found = candidates_of(leases("Lease", "LEASE"))
    assert {number for c in found for number in ("document 1", "document 2") if number in c.question} == {
        "document 1",
        "document 2",
    }
    assert len({candidate.question for candidate in found}) == len(found)


@pytest.mark.parametrize(
    ("language", "question", "named"),
    [
        ("en", "What is the rent?", "In “Rent A”, what is the rent?"),
        ("en", "GBP 5 is what share of the sum?", "In “Rent A”: GBP 5 is what share of the sum?"),
        ("en", "What does “x” mean in this document?", "What does “x” mean in “Rent A”?"),
        ("en", "Summarise what the document says under “x”.", "Summarise what “Rent A” says under “x”."),
        ("ko", "제3조의 내용은 무엇입니까?", "「Rent A」에서 제3조의 내용은 무엇입니까?"),
        ("ko", "이 문서에서 임대인은 누구입니까?", "「Rent A」에서 임대인은 누구입니까?"),
        ("ko", "문서의 「x」 부분을 요약하십시오.", "「Rent A」의 「x」 부분을 요약하십시오."),
        ("ko", "문서에는 누가 나옵니까?", "「Rent A」에는 누가 나옵니까?"),
    ],
)
def test_about_row_question_reads_naturally(language: str, question: str, named: str) -> None:
    documents = [
        document_of("a" * 9, "Rent A", (), language=language),
        document_of("b" * 9, "Rent B", (), language=language),
    ]
    view = next(iter(document_views(joined(documents))))
    candidate = replace(candidates_of(leases("x", "y"))[0], question=question, evidence=(), language=language)
    assert about_row(candidate, view).question == named


def test_about_row_follow_up_is_left_as_it_is_and_follows_the_moved_question() -> None:
    view = next(iter(document_views(leases("Shed lease", "Boathouse lease"))))
    parent = replace(candidates_of(leases("x", "y"))[0], question="What is the rent in this document?")
    follow_up = replace(parent, candidate_id="f", question="And in this document, who pays it?", follows="")
    moved_parent = about_row(parent, view)
    moved = about_row(replace(follow_up, follows=parent.candidate_id), view)
    assert moved_parent.question == "What is the rent in “Shed lease”?"
    assert (moved.question, moved.follows) == (follow_up.question, moved_parent.candidate_id)
    assert moved_parent.follows == ""


def test_share_of_a_row_of_many_documents_is_at_least_one_each() -> None:
    documents = [document_of("a" * 9, f"t{number}", ()) for number in range(5)]
    views = list(document_views(joined(documents)))
    assert [view.share_of(8) for view in views] == [2] * 5
    assert [view.share_of(3) for view in views] == [1] * 5
    assert [view.share_of(0) for view in views] == [0] * 5


MINUTES = "Ann Lee: Shall we begin?\nBob Roe: Yes, please.\nAnn Lee: The roof leaks.\nBob Roe: Then fix it.\n"
PAGED = "Rent is due in May.\n\nThe deposit is 400 euros."


def test_document_views_of_joined_rows_have_the_outlines_and_pages_of_their_documents() -> None:
    first = replace(
        document_of(MINUTES, "minutes", ()),
        domain="dialogue",
        pages=(Page(0, "3"), Page(40, "4")),
        outline=read_outline(text=MINUTES, domain="dialogue", language="en"),
    )
    second = replace(document_of(PAGED, "lease", ()), domain="dialogue", outline=())
    third = replace(first, pages=(), title="more")
    row = joined([first, second, third])
    views = [view.context for view in document_views(row)]
    assert [view.outline for view in views] == [first.outline, (), third.outline]
    assert [view.pages for view in views] == [first.pages, (), ()]
    for node in row.outline or ():
        assert node.kind is NodeKind.TURN
        assert row.text[node.start : node.body].startswith(node.label)
    assert len(row.outline or ()) == 2 * len(first.outline or ()) > 0


def test_about_row_evidence_keeps_the_page_of_its_document() -> None:
    leases_of = [
        replace(document_of(text, f"t{n}", ()), pages=(Page(0, f"{n}"),)) for n, text in enumerate((LEASE, OTHER))
    ]
    found = candidates_of(joined(leases_of))
    assert {evidence.page for candidate in found for evidence in candidate.evidence} == {"0", "1"}
    for candidate in found:
        number = "1" if "“t1”" in candidate.question else "0"
        assert {evidence.page for evidence in candidate.evidence} == {number}


def test_members_share_the_least_a_row_is_asked_and_are_asked_by_their_own_length() -> None:
    whole = (Section(start=0, end=len(LEASE), level=0, title=""),)
    short = document_of(LEASE, "short", whole)
    long = document_of(LEASE * 40, "long", (replace(whole[0], end=40 * len(LEASE)),))
    views = list(document_views(joined([short, long])))
    assert [view.num_questions(per_10k_chars=6.0, least=6) for view in views] == [
        3,
        math.ceil(6.0 * len(long.text) / 10_000),
    ]


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("부칙에서 정한 날은 언제입니까?", "「Rent A」의 부칙에서 정한 날은 언제입니까?"),
        ("제7조(의무) 제2항에서 갑은 무엇을 합니까?", "「Rent A」의 제7조(의무) 제2항에서 갑은 무엇을 합니까?"),
        ("제3조의 내용은 무엇입니까?", "「Rent A」에서 제3조의 내용은 무엇입니까?"),
    ],
)
def test_about_row_korean_question_about_a_place_names_the_document_once(question: str, named: str) -> None:
    documents = [document_of(name * 9, f"Rent {name.upper()}", (), language="ko") for name in "ab"]
    view = next(iter(document_views(joined(documents))))
    candidate = replace(candidates_of(leases("x", "y"))[0], question=question, evidence=(), language="ko")
    assert about_row(candidate, view).question == named
