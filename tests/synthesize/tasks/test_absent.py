"""Questions about something absent: on documents whose numbers, names and times are known by construction."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import make_context

from pipeline.languages import language_rules
from pipeline.records import TaskFamily
from pipeline.synthesize.structural.facts import StructuralFact, Unasked
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form
from pipeline.synthesize.tasks import forms_by_name, structural_tasks
from pipeline.synthesize.tasks.absent_function import find_absent as absent_functions
from pipeline.synthesize.tasks.absent_provision import ABSENT_CLAUSE, ABSENT_TERM, ABSENT_TITLE
from pipeline.synthesize.tasks.absent_provision import find_absent as absent_provisions
from pipeline.synthesize.tasks.absent_speaker import ABSENT_SPEAKER, ABSENT_TIME
from pipeline.synthesize.tasks.absent_speaker import find_absent as absent_speakers
from pipeline.synthesize.tasks.absent_topic import ABSENT_CODE, ABSENT_ITEM, ABSENT_OPTION, ABSENT_SECTION
from pipeline.synthesize.tasks.absent_topic import find_absent as absent_topics

SIBLINGS = {
    "absent_provision.clause": "clause.text",
    "absent_provision.title": "clause.title",
    "absent_provision.term": "definition.meaning",
    "absent_provision.field": "ruling.field",
    "absent_topic.option": "entry.option",
    "absent_topic.code": "entry.code",
    "absent_topic.section": "passage.text",
    "absent_topic.item": "steps.item",
    "absent_function.function": "signature.of",
    "absent_speaker.time": "speaker.at",
    "absent_speaker.speaker": "speaker.reply",
}
"""The form about something present that has the same wordings, by the form about something absent."""
FINDERS = {
    "legal": absent_provisions,
    "manual": absent_topics,
    "code": absent_functions,
    "dialogue": absent_speakers,
}
ENGLISH_DUTIES = ("shall keep the yard clean", "shall pay the rent in advance", "may inspect the lathe at any time")
KOREAN_DUTIES = ("마당을 깨끗이 유지하여야 한다", "차임을 미리 지급하여야 한다", "선반을 언제든지 점검할 수 있다")
VERBS, NOUNS = ("load", "store", "parse", "merge", "check"), ("index", "header", "volume", "ledger", "packet")


def absent(text: str, domain: str, language: str) -> dict[Form, StructuralFact]:
    found = list(refusals_and_facts(text, domain, language))
    return {fact.form: fact for fact in found if isinstance(fact, StructuralFact)}


def refusals_and_facts(text: str, domain: str, language: str) -> Iterator[StructuralFact | Unasked]:
    rules = language_rules(language).absence
    assert rules is not None
    return FINDERS[domain](Reading(make_context(text, domain=domain, language=language)), rules)


def name_in(fact: StructuralFact) -> str:
    return dict(fact.slots)["name"]


def contract(num_articles: int, *, language: str, titled: bool) -> str:
    parts = ["WORKSHOP LEASE\n"] if language == "en" else ["공방 임대차계약서\n"]
    for number in range(1, num_articles + 1):
        if language == "en":
            title = f" Duty {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[number % 26]}{'xyz'[number % 3]}" if titled else ""
            parts.append(f"Article {number}.{title}\n\nTenant {ENGLISH_DUTIES[number % 3]} in the mill.\n")
        else:
            title = f" ({'가나다라마바사'[number % 7]}무에 관한 사항)" if titled else ""
            parts.append(f"제{number}조{title} 을은 {KOREAN_DUTIES[number % 3]}.\n")
    return "\n".join(parts)


@pytest.mark.parametrize("form", SIBLINGS)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_absent_form_has_the_wordings_of_the_form_about_something_present(form: str, language: str) -> None:
    def bare(wording: str) -> str:
        return re.sub(r"\{\w+", "{", wording.removeprefix("{lead}"))

    forms = forms_by_name()
    assert forms[form].family is TaskFamily.NOT_ANSWERABLE
    own, others = (forms[name].wordings_in(language) for name in (form, SIBLINGS[form]))
    assert [bare(wording) for wording in own] == [bare(wording) for wording in others]


def test_every_form_about_something_absent_has_a_sibling() -> None:
    of_absence = {form.name for task in structural_tasks() for form in task.forms if task.name.startswith("absent_")}
    assert of_absence == SIBLINGS.keys()


@settings(max_examples=25, deadline=None)
@given(st.integers(3, 30), st.sampled_from(["en", "ko"]), st.booleans())
def test_absent_provision_follows_the_last_article(num_articles: int, language: str, titled: bool) -> None:
    text = contract(num_articles, language=language, titled=titled)
    found = absent(text, "legal", language)
    fact = found[ABSENT_TITLE if titled else ABSENT_CLAUSE]
    asked = int(re.findall(r"\d+", name_in(fact))[0])
    written = {int(number) for number in re.findall(r"(?:Article |제)(\d+)", text)}
    assert asked > num_articles == max(written)
    assert f"{num_articles}" in fact.answer and name_in(fact) in fact.answer
    assert [re.findall(r"\d+", text[span.start : span.end])[0] for span in fact.spans] == ["1", f"{num_articles}"]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_absent_provision_of_a_numbering_with_a_gap_is_not_asked(language: str) -> None:
    text = contract(9, language=language, titled=True)
    gapped = re.sub(r"(?m)^(?:Article 5\.|제5조)[^\n]*\n(?:\nTenant[^\n]*\n)?", "", text)
    assert gapped != text
    assert not {ABSENT_TITLE, ABSENT_CLAUSE} & absent(gapped, "legal", language).keys()


def test_absent_provision_that_the_text_mentions_is_not_asked() -> None:
    text = contract(6, language="en", titled=False)
    mention = "".join(f"\nSee Article {number} of the Mill Act.\n" for number in range(7, 12))
    assert ABSENT_CLAUSE in absent(text, "legal", "en")
    assert ABSENT_CLAUSE not in absent(text + mention, "legal", "en")


def test_absent_provision_whose_number_opens_a_line_is_not_asked() -> None:
    text = contract(6, language="en", titled=False)
    for label in ("VII. Repairs", "7) Repairs", "⑦ Repairs"):
        assert ABSENT_CLAUSE not in absent(f"{text}\n{label}\n\nTenant repairs the roof.\n", "legal", "en"), label


def test_absent_provision_of_a_numbering_that_begins_with_zero_is_not_asked() -> None:
    head, text = contract(6, language="en", titled=False).split("\n", 1)
    assert ABSENT_CLAUSE in absent(f"{head}\n{text}", "legal", "en")
    for label in ("Article 0.", "0. Definitions"):
        first = f"{label}\n\nTenant means who rents the mill.\n"
        assert ABSENT_CLAUSE not in absent(f"{head}\n\n{first}{text}", "legal", "en"), label


def test_absent_term_is_in_no_spelling_in_the_text() -> None:
    text = '1. "Yard" means the land behind the mill.\n\n2. "Works" means the repairs in the Yard.\n\n'
    rules = language_rules("en").absence
    assert rules is not None
    for spelling in (str.upper, str.lower, lambda term: term.replace(" ", "-"), lambda term: f"{term}s"):
        used = "\n".join(f"3. The {spelling(term)} is noted." for term in rules.terms[1:])
        fact = absent(text + used, "legal", "en")[ABSENT_TERM]
        assert name_in(fact) == rules.terms[0]
    assert "“Yard” and “Works”" in fact.answer


@settings(max_examples=20, deadline=None)
@given(st.sets(st.tuples(st.sampled_from(VERBS), st.sampled_from(NOUNS)), min_size=3, max_size=12))
def test_absent_option_is_not_one_of_the_options(pairs: set[tuple[str, str]]) -> None:
    options = [f"--{verb}-{noun}" for verb, noun in sorted(pairs)]
    body = "\n\n".join(f"- `{option}`: Changes how the tool treats the {option[2:]} of a file." for option in options)
    found = absent(f"# Tool\n\n## Options\n\n{body}\n", "manual", "en")
    fact = found[ABSENT_OPTION]
    assert name_in(fact) not in options
    named = set(re.findall(r"--[\w-]+", fact.answer)) - {name_in(fact)}
    assert named and named <= set(options)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_absent_item_and_section_of_a_manual(language: str) -> None:
    say = "Turn the wheel once more." if language == "en" else "바퀴를 한 번 더 돌리십시오."
    heads = ("Mill guide", "Creating a shaft") if language == "en" else ("물레방아 안내서", "축 만들기")
    steps = "\n".join(f"{number}. {say} {number * 10} mm." for number in range(1, 6))
    text = f"# {heads[0]}\n\n## {heads[1]}\n\n{say}\n\n{steps}\n"
    found = absent(text, "manual", language)
    assert 6 <= int(dict(found[ABSENT_ITEM].slots)["number"]) <= 8
    assert "5" in found[ABSENT_ITEM].answer
    assert name_in(found[ABSENT_SECTION]) in ("Deleting a shaft", "축 삭제하기")
    longer = text + "".join(f"\n{number}. {say}\n" for number in (6, 7, 8))
    assert int(dict(absent(longer, "manual", language)[ABSENT_ITEM].slots)["number"]) >= 9


def test_absent_code_has_the_number_of_no_code() -> None:
    codes = [f"E{number}" for number in (101, 102, 104)]
    body = "\n\n".join(f"- `{code}`: The pump has no pressure at valve {code[-1]}." for code in codes)
    found = absent(f"# Pump\n\n## Error codes\n\n{body}\n", "manual", "en")
    assert re.fullmatch(r"E1(?:03|0[5-9]|1[0-3])", name_in(found[ABSENT_CODE]))


@settings(max_examples=20, deadline=None)
@given(st.sets(st.tuples(st.sampled_from(VERBS), st.sampled_from(NOUNS)), min_size=3, max_size=15))
def test_absent_function_is_not_defined(pairs: set[tuple[str, str]]) -> None:
    text = "\n\n".join(f"def {verb}_{noun}(path: str) -> int:\n    return len(path)" for verb, noun in sorted(pairs))
    defined = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
    for fact in absent(text, "code", "en").values():
        assert name_in(fact) not in defined
        assert set(re.findall(r"`(\w+)`", fact.answer)) - {name_in(fact)} <= defined
    all_pairs = {(verb, noun) for verb, _ in pairs for _, noun in pairs}
    assert bool(absent(text, "code", "en")) == bool(all_pairs - pairs)


def test_absent_method_has_the_type_of_the_methods_and_a_name_that_no_type_has() -> None:
    methods = "\n".join(
        f"    def {name}(self, path: str) -> int:\n        return 1\n" for name in ("load_index", "store_header")
    )
    text = f"class Ledger:\n{methods}"
    [fact] = absent(text, "code", "en").values()
    assert name_in(fact) in ("Ledger.load_header", "Ledger.store_index")
    elsewhere = text + "\n\nload_header = 1\nstore_index = 2\n"
    assert not absent(elsewhere, "code", "en")


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 59), st.sampled_from(["Ada", "Colm", "Nora"])), min_size=6, max_size=20))
def test_absent_time_is_a_minute_without_a_turn(turns: list[tuple[int, str]]) -> None:
    lines = [
        f"[09:{minute:02d}] <{name}> line {index} about the lathe in the yard"
        for index, (minute, name) in enumerate(sorted(turns))
    ]
    text = "\n".join(lines)
    fact = absent(text, "dialogue", "en").get(ABSENT_TIME)
    if fact is None:
        by_name: dict[str, list[int]] = {}
        for minute, name in sorted(turns):
            by_name.setdefault(name, []).append(minute)
        busy = {minute for minute, _ in turns}
        free = [m for said in by_name.values() for a, b in pairwise(said) for m in range(a, b)]
        assert set(free) <= busy
        return
    slots = dict(fact.slots)
    assert slots["name"] not in text
    before, after = (int(time) for time in re.findall(r"09:(\d\d)", fact.answer)[1:])
    assert before < int(slots["name"][-2:]) < after
    own = sorted(minute for minute, name in turns if name == slots["who"])
    assert {before, after} <= set(own) and not any(before < minute < after for minute in own)


def test_absent_speaker_is_made_of_two_speakers_and_answered_with_all() -> None:
    people = ("Ada Lind", "Colm Brook", "Nora Vale")
    lines = [
        f"{people[index % 3]}: Remark number {index} is about the {NOUNS[index % 5]} of the {VERBS[index % 4]} engine."
        for index in range(12)
    ]
    fact = absent("\n".join(lines), "dialogue", "en")[ABSENT_SPEAKER]
    first, last = name_in(fact).split()
    assert name_in(fact) not in people
    assert first in {name.split()[0] for name in people} and last in {name.split()[1] for name in people}
    assert all(name in fact.answer for name in people)


def test_absent_korean_speaker_has_a_family_name() -> None:
    people = ("김민수", "이영희", "박철호")
    words = ("선반을 마당으로 옮기자고 했습니다", "그 일은 다음 주에 하겠습니다", "열쇠는 창고에 두었습니다")
    lines = [f"{people[index % 3]}: {words[index % 3]} {index}번" for index in range(9)]
    fact = absent("\n".join(lines), "dialogue", "ko")[ABSENT_SPEAKER]
    assert name_in(fact) not in people and name_in(fact)[0] in "김이박"


@pytest.mark.parametrize("task", [task for task in structural_tasks() if task.name.startswith("absent_")])
def test_absent_in_a_part_of_a_document_is_refused(task: object) -> None:
    [(domain, find)] = task.finds.items()  # type: ignore[attr-defined]
    context = make_context(contract(5, language="en", titled=False), domain=domain, language="en")
    found = find(Reading(replace(context, part=1, num_parts=2)))
    assert not found.facts
    assert [one.why.reason for one in found.unasked] == ["part_of_document"]


def test_absent_facts_are_one_or_two_a_document() -> None:
    task = next(task for task in structural_tasks() if task.name == "absent_provision")
    terms = '\n"Yard" means the land behind the mill.\n\n"Works" means the repairs in the Yard.\n'
    counts = []
    for number in range(3, 33):
        text = terms + contract(number, language="en", titled=False)
        counts.append(len(task.finds["legal"](Reading(make_context(text, domain="legal", language="en"))).facts))
    assert set(counts) == {1, 2}


def test_absent_field_is_one_of_the_same_sort_of_document() -> None:
    head = "도서관법 일부개정법률안\n\n발의연월일 : 2016. 3. 2.\n발 의 자 : 의원 12인\n\n"
    bill = f"{head}제1조(목적) 이 법은 도서관을 다룬다.\n"
    known = {"소관위원회", "심사기간", "회부일", "본회의의결일"}
    found = [fact for form, fact in absent(bill, "legal", "ko").items() if form.name == "absent_provision.field"]
    assert len(found) == 1
    assert dict(found[0].slots)["name"] in known


def test_absent_section_is_near_a_real_title_and_named_beside_real_ones() -> None:
    sections = {"인수 값 읽기": "값을 읽습니다.", "읽기 전용": "쓸 수 없습니다.", "아이콘아이콘": "누릅니다."}
    manual = "# 안내\n\n" + "".join(f"## {title}\n\n{text}\n\n" for title, text in sections.items())
    fact = absent(manual, "manual", "ko")[ABSENT_SECTION]
    assert dict(fact.slots)["name"] == "인수 값 쓰기"
    assert "아이콘아이콘" not in fact.answer


def test_absent_paragraph_of_an_article_that_its_label_leaves_out_is_not_asked() -> None:
    text = (
        "Article 1 (Definitions)\n\n1. A font is a file.\n\n2. A user is a person.\n\n3. A copy is a file.\n\n"
        "Article 2 (Grant)\n\nThe owner grants a licence.\n\n1. The user may copy the font.\n"
    )
    assert ABSENT_CLAUSE not in absent(text, "legal", "en")


@pytest.mark.parametrize(
    ("language", "words", "other"),
    [
        ("en", "Click the browser, then run the command {} in the file of the database.", 1),
        ("en", "Drain the water tank and the boiler, then screw pump {} on; never touch the motor.", 0),
        ("ko", "메뉴를 클릭하고 파일 {}번을 명령으로 서버에 보냅니다.", 1),
        ("ko", "전원 코드와 플러그를 뽑고 물탱크와 펌프 {}번을 세척합니다.", 0),
    ],
)
def test_absent_section_is_one_that_manuals_of_the_same_sort_have(language: str, words: str, other: int) -> None:
    rules = language_rules(language).absence
    assert rules is not None
    asked = set()
    for number in range(30):
        sections = "".join(f"## Part {name}\n\n{words.format(number)}\n\n" for name in ("one", "two", "three"))
        asked.add(name_in(absent(f"# Manual\n\n{sections}", "manual", language)[ABSENT_SECTION]))
    assert len(asked) > 4
    assert not asked & set(rules.topics_by_sort[other][1])
    assert asked & set(rules.topics_by_sort[1 - other][1])
