"""What a question needs, which limits a recipe sets, and the counts and tables of finished rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.config.export import ConversationRecipe, ExportRecipe
from pipeline.config.shares import Measure, ShareRule
from pipeline.export.count_tables import amount_tables, arrangement_table, depth_table, mix_table, row_length_table
from pipeline.export.limits import QuestionKind, depth_bins_of, limits_of
from pipeline.export.mix import mix_lines
from pipeline.export.reach import Reach, reach_of
from pipeline.export.rows import QuestionPlace, RenderedRow
from pipeline.export.tally import EMPTY_TALLY, amounts_of_turns, counts_of_row, read_tally
from pipeline.records import AnswerSpan, ConversationTokens

KIND = QuestionKind("clause", "look_up", Reach.ONE_PLACE, "structural", "legal", "en", 4096, (3,), is_trivial=False)


@dataclass
class Example:
    """The only field of a row's record that is counted."""

    num_tokens: int


def row(num_tokens: int, *answers: int) -> RenderedRow:
    spans = tuple(AnswerSpan(100 * number, 100 * number + length) for number, length in enumerate(answers))
    tokens = ConversationTokens("r", num_tokens, spans, 1.0)
    return RenderedRow(Example(num_tokens), tokens, np.zeros(0, dtype=np.uint32))  # type: ignore[arg-type]


def tally_of(rows: list[tuple[RenderedRow, list[QuestionKind]]], recipe: ExportRecipe):
    counters: Counter[str] = Counter()
    for one, kinds in rows:
        for name, number in counts_of_row(one, kinds, limits_of(recipe)):
            counters[name] += number
    return read_tally(counters)


@pytest.mark.parametrize(
    ("family", "spans", "members", "reach"),
    [
        ("look_up", [(0, 10)], [], Reach.ONE_PLACE),
        ("look_up", [(0, 10), (1010, 1020)], [], Reach.ONE_PLACE),
        ("look_up", [(0, 10), (1011, 1020)], [], Reach.FAR_APART),
        ("multi_hop", [(0, 5000), (5001, 9000)], [], Reach.ONE_PLACE),
        ("multi_hop", [(5000, 5001), (0, 3)], [], Reach.FAR_APART),
        ("comparison", [(20, 30), (60, 70)], [10, 50], Reach.SEVERAL_DOCUMENTS),
        ("comparison", [(20, 30), (40, 49)], [10, 50], Reach.ONE_PLACE),
        ("aggregate", [(0, 10)], [], Reach.ALL_OF_A_KIND),
        ("not_answerable", [(0, 10)], [10, 50], Reach.ABSENCE),
    ],
)
def test_reach_follows_from_family_and_distance(family, spans, members, reach) -> None:
    assert reach_of(family, spans=spans, member_starts=members) is reach


@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(1, 400)), min_size=1, max_size=6))
def test_reach_does_not_depend_on_the_order_of_quotes(places) -> None:
    spans = [(start, start + length) for start, length in places]
    assert reach_of("look_up", spans=spans, member_starts=[]) is reach_of(
        "look_up", spans=spans[::-1], member_starts=[]
    )


def test_depth_bins_are_those_with_evidence_and_the_end_is_in_the_last() -> None:
    assert depth_bins_of([0.0, 0.99, 1.0, 0.31], num_bins=10) == (0, 3, 9)


@pytest.mark.parametrize(
    ("rule", "changes", "belongs"),
    [
        ({"language": "ko"}, {"language": "ko"}, True),
        ({"language": "ko"}, {}, False),
        ({"family": "look_up", "domain": "legal"}, {}, True),
        ({"family": "look_up", "domain": "legal"}, {"domain": "code"}, False),
        ({"from_bucket": 4096}, {}, True),
        ({"from_bucket": 8192}, {}, False),
        ({"from_bucket": 1024, "until_bucket": 2048}, {}, False),
        ({"until_bucket": 4096}, {}, True),
        ({"bucket": 2048}, {}, False),
    ],
)
def test_share_rule_concerns_the_questions_that_match_all_its_fields(rule, changes, belongs) -> None:
    recipe = ExportRecipe(shares=(ShareRule.model_validate({**rule, "max": 0.5}),))
    (limit,) = [limit for limit in limits_of(recipe) if limit.name == "share_1"]
    assert bool(limit.group_of(replace(KIND, **changes))) is belongs


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"max": 0.5}, "needs a group"),
        ({"language": "ko"}, "limits nothing"),
        ({"language": "ko", "min": 0.6, "max": 0.5}, "larger"),
    ],
)
def test_share_rule_that_says_nothing_is_refused(rule, message) -> None:
    with pytest.raises(ValidationError, match=message):
        ShareRule.model_validate(rule)


@given(st.integers(1, 99_999), st.lists(st.integers(1, 90), min_size=1, max_size=8))
def test_amounts_of_turns_add_up_to_the_row(num_tokens, answers) -> None:
    amounts = amounts_of_turns(row(num_tokens, *answers))
    assert sum(amount.tokens for amount in amounts) == num_tokens
    assert [amount.loss_tokens for amount in amounts] == answers
    assert len(amounts) == sum(amount.turns for amount in amounts)


def test_tally_counts_turns_tokens_and_answers_by_group_and_depth() -> None:
    wide = replace(KIND, family="aggregate", reach=Reach.ALL_OF_A_KIND, depth_bins=(0, 3, 9), task="said")
    short = replace(KIND, bucket=1024, language="ko", depth_bins=(9,))
    tally = tally_of([(row(4001, 10, 30), [KIND, wide]), (row(900, 5), [short])], ExportRecipe())
    assert {group: amount.turns for group, amount in tally.by["family"].items()} == {"look_up": 2, "aggregate": 1}
    assert tally.by["family"]["look_up"].tokens == 2001 + 900
    assert tally.by["task"]["said"].loss_tokens == 30
    assert tally.by["language"]["ko"].tokens == 900
    assert {group: amount.turns for group, amount in tally.by["needs"].items()} == {"one_place": 2, "all_of_a_kind": 1}
    assert tally.depths == {4096: {0: 1, 3: 2, 9: 1}, 1024: {9: 1}}
    assert tally.turns_in_row == {1: 1, 2: 1}
    for groups in tally.by.values():
        assert sum(amount.tokens for amount in groups.values()) == 4901
        assert sum(amount.loss_tokens for amount in groups.values()) == 45


def test_mix_says_what_is_missed_and_by_how_much() -> None:
    recipe = ExportRecipe(
        max_look_up_share=0.5,
        max_domain_share=0.6,
        max_depth_share=1.0,
        shares=(
            ShareRule(language="ko", min=0.25, of=Measure.LOSS_TOKENS),
            ShareRule(from_bucket=131_072, min=0.1),
        ),
    )
    composed = replace(KIND, reach=Reach.FAR_APART, family="multi_hop")
    absent = replace(KIND, reach=Reach.ABSENCE, family="not_answerable", domain="code", language="ko")
    tally = tally_of([(row(3000, 10, 10, 10, 10), [KIND, KIND, composed, absent])], recipe)
    lines = {line.title: line for line in mix_lines(limits_of(recipe), tally)}
    assert lines["one place answers"].share == 0.5 and lines["one place answers"].missing == 0
    assert lines["not answerable"].missing == pytest.approx(0.15)
    assert lines["domain legal"].missing == pytest.approx(0.15), "three quarters of the tokens"
    assert lines["language ko"].share == 0.25 and lines["language ko"].missing == 0
    assert lines["from bucket 131072"].missing == pytest.approx(-0.1)
    table = mix_table(list(lines.values()))
    assert table is not None
    assert ("domain legal", "tokens", "at most 60.0%", "75.0%", "15.0 points too many") in table.rows
    assert ("from bucket 131072", "tokens", "at least 10.0%", "0.0%", "10.0 points too few") in table.rows


def test_depth_is_compared_within_its_bucket() -> None:
    recipe = ExportRecipe(depth_bins=4, max_depth_share=0.5)
    kinds = [replace(KIND, bucket=1024, depth_bins=(number,)) for number in (0, 0, 0, 1)]
    many = [replace(KIND, depth_bins=(number % 4,)) for number in range(8)]
    tally = tally_of([(row(400, 1, 1, 1, 1), kinds), (row(800, *([1] * 8)), many)], recipe)
    lines = [line for line in mix_lines(limits_of(recipe), tally) if "depth" in line.title]
    assert [(line.title, line.share) for line in lines] == [("bucket and depth bin 1024/0", 0.75)]


def test_arrangement_is_counted_over_rows_about_documents_and_turns_of_rows_with_both_kinds() -> None:
    written = replace(KIND, origin="written")
    own = replace(KIND, origin="own")
    first = replace(row(900, 1, 1, 1), question_place=QuestionPlace.BEFORE)
    after = replace(row(900, 1, 1, 1, 1), question_place=QuestionPlace.AFTER)
    rows = [
        (first, [written, KIND, KIND]),
        (after, [written, written, KIND, written]),
        (replace(after, tokens=row(900, 1, 1).tokens), [written, written]),
        (row(900, 1, 1), [own, written]),  # not about a document
    ]
    tally = tally_of(rows, ExportRecipe())
    table = arrangement_table(tally, ConversationRecipe(written_share=0.5, question_first_share=0.25))
    assert table is not None
    assert table.rows == (
        ("first question before the document", "rows", "25.0%", "33.3%", 1, 3),
        ("written, in rows with both kinds", "turns", "50.0%", "57.1%", 4, 7),
    )
    without = tally_of(rows[2:], ExportRecipe())
    table = arrangement_table(without, ConversationRecipe())
    assert table is not None and [cells[3] for cells in table.rows] == ["0.0%"]


def test_tables_of_a_build_without_rows_are_left_out() -> None:
    assert arrangement_table(EMPTY_TALLY, ConversationRecipe()) is None
    assert amount_tables(EMPTY_TALLY) == []
    assert depth_table(EMPTY_TALLY) is row_length_table(EMPTY_TALLY) is mix_table([]) is None


def test_tables_have_buckets_in_order_and_other_groups_by_number() -> None:
    kinds = [replace(KIND, bucket=131_072), KIND, replace(KIND, task="said"), replace(KIND, task="said")]
    tally = tally_of([(row(400, 1, 1, 1, 1), kinds)], ExportRecipe())
    tables = {table.header[0]: table.rows for table in amount_tables(tally)}
    assert [row[0] for row in tables["bucket"]] == ["4,096", "131,072"]
    assert tables["task"][0] == ("clause", 2, 200, 2) or tables["task"][0] == ("said", 2, 200, 2)
    depths = depth_table(tally)
    assert depths is not None
    assert depths.header[:2] == ("bucket", "0% to 25%")
    assert depths.rows == (("4,096", 0, 0, 0, 3), ("131,072", 0, 0, 0, 1))
