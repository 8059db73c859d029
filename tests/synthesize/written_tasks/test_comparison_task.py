from __future__ import annotations

from copy import deepcopy

import pytest
from merged_documents import DOMAINS, LANGUAGES, document_of, draft_of, example_request, planned, prompt_of, read

from pipeline.records import Dropped
from pipeline.synthesize.written.draft import Draft, Round

EVERY = [(language, domain) for language in LANGUAGES for domain in DOMAINS]


def verdict(language: str, domain: str, change: object) -> object:
    document, item, example = example_request("comparison", language, domain)
    reply = deepcopy(example.reply)
    change(reply)  # type: ignore[operator]
    return read(document, item, **reply)


def reason(language: str, domain: str, change: object) -> str:
    found = verdict(language, domain, change)
    return found.reason if isinstance(found, Dropped) else ""


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_comparison_worked_example_is_kept_as_a_table_with_its_difference(language: str, domain: str) -> None:
    document, item, example = example_request("comparison", language, domain)
    draft = read(document, item, **example.reply)
    assert isinstance(draft, Draft), draft
    table, _, difference = draft.answer.partition("\n\n")
    assert difference == example.reply["difference"]
    assert len(table.splitlines()) == 4
    quotes = [quote for row in example.reply["rows"] for quote in row["evidence"]]  # type: ignore[attr-defined]
    assert [document.text(span) for span in draft.evidence] == quotes


def swap(key: str) -> object:
    def change(reply: dict) -> None:  # type: ignore[type-arg]
        one, other = reply["rows"]
        one[key], other[key] = other[key], one[key]

    return change


def swap_in_difference(reply: dict) -> None:  # type: ignore[type-arg]
    one, other = (row["name"] for row in reply["rows"])
    reply["difference"] = reply["difference"].replace(one, "\0").replace(other, one).replace("\0", other)


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_comparison_rows_with_each_others_cells_are_rejected(language: str, domain: str) -> None:
    assert reason(language, domain, swap("cells")) in {"value_not_in_evidence", "name_not_in_evidence"}


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_comparison_rows_with_each_others_names_are_rejected(language: str, domain: str) -> None:
    assert reason(language, domain, swap("name")) == "rows_exchanged"


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_comparison_difference_with_exchanged_names_is_rejected(language: str, domain: str) -> None:
    assert reason(language, domain, swap_in_difference) in {
        "comparison_reversed",
        "rows_exchanged",
        "negation_differs",
        "values_exchanged",
    }


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_comparison_rows_in_reverse_order_are_kept(language: str, domain: str) -> None:
    assert isinstance(verdict(language, domain, lambda reply: reply["rows"].reverse()), Draft)


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_comparison_of_one_row_is_rejected(language: str, domain: str) -> None:
    assert reason(language, domain, lambda reply: reply["rows"].pop()) == "wrong_fields"


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_comparison_rows_with_one_evidence_are_rejected(language: str, domain: str) -> None:
    def change(reply: dict) -> None:  # type: ignore[type-arg]
        reply["rows"][1]["evidence"] = reply["rows"][0]["evidence"]

    assert reason(language, domain, change) == "evidence_not_found"


@pytest.mark.parametrize(
    ("difference", "fault"),
    [
        ("The AX-5 pump may run 50 minutes longer without a pause than the AX-2 pump.", ""),
        ("The AX-2 pump may run 50 minutes less without a pause than the AX-5 pump.", ""),
        ("The AX-5 pump may run more than twice as long without a pause as the AX-2 pump.", ""),
        ("The AX-5 pump may run 60 minutes longer without a pause than the AX-2 pump.", "value_not_in_evidence"),
        ("The AX-2 pump may run 50 minutes longer without a pause than the AX-5 pump.", "comparison_reversed"),
        ("The AX-5 pump may run 50 minutes less without a pause than the AX-2 pump.", "comparison_reversed"),
        ("", "wrong_fields"),
    ],
)
def test_comparison_difference_is_computed_and_its_direction_checked(difference: str, fault: str) -> None:
    assert reason("en", "manual", lambda reply: reply.update(difference=difference)) == fault


@pytest.mark.parametrize(
    ("difference", "fault"),
    [
        ("AX-5 펌프는 AX-2 펌프보다 50분 더 길게 운전할 수 있습니다.", ""),
        ("AX-2 펌프보다 AX-5 펌프의 운전 시간이 50분 더 깁니다.", ""),
        ("AX-2 펌프의 운전 시간은 AX-5 펌프보다 50분 짧습니다.", ""),
        ("AX-5 펌프는 AX-2 펌프보다 70분 더 길게 운전할 수 있습니다.", "value_not_in_evidence"),
        ("AX-2 펌프는 AX-5 펌프보다 50분 더 길게 운전할 수 있습니다.", "comparison_reversed"),
        ("AX-5 펌프의 운전 시간은 AX-2 펌프보다 50분 짧습니다.", "comparison_reversed"),
    ],
)
def test_comparison_korean_difference_is_computed_and_its_direction_checked(difference: str, fault: str) -> None:
    assert reason("ko", "manual", lambda reply: reply.update(difference=difference)) == fault


@pytest.mark.parametrize(
    "change",
    [
        lambda reply: reply["rows"][0]["cells"].append("more"),
        lambda reply: reply["rows"][0].update(cells=[""]),
        lambda reply: reply["rows"][0].update(evidence=[]),
        lambda reply: reply["rows"][0].update(evidence=["x"] * 9),
        lambda reply: reply["rows"][0].update(other=1),
        lambda reply: reply.update(columns=["one"]),
        lambda reply: reply.update(rows="none"),
        lambda reply: reply.update(question=None),
    ],
)
def test_comparison_of_another_shape_is_rejected(change: object) -> None:
    assert reason("en", "manual", change) == "wrong_fields"


def test_comparison_plan_pairs_answers_of_one_kind() -> None:
    text = (
        "AGREEMENT\n\n"
        "The Tenant may end the lease by giving three months' notice in writing to the other side at any time.\n\n"
        "The roof is made of slate and has been inspected by the surveyor named in the annex to this contract.\n\n"
        "The Landlord may end the lease by giving six months' notice in writing to the other side at any time.\n"
    )
    document = document_of(text, segment_tokens=30)
    drafts = (
        draft_of(document, "With what notice may the Tenant end the lease?", "Three months.", "The Tenant may end"),
        draft_of(document, "What is the roof made of?", "Slate.", "The roof is made of slate"),
        draft_of(document, "With what notice may the Landlord end the lease?", "Six months.", "The Landlord may end"),
    )
    (item,) = planned(document, "comparison", drafts)
    assert (item.round, item.sources) == (Round.MERGES, (drafts[0], drafts[2]))
    assert drafts[1].question not in prompt_of(item)
    assert planned(document, "comparison", drafts[:2]) == []
