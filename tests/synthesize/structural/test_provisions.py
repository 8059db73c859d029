from hypothesis import given
from hypothesis import strategies as st
from structural_documents import KOREAN_LEASE, LEASE, findings, slots_of

from pipeline.documents.grammar.legal.reading import read_provisions
from pipeline.documents.grammar.legal.sections import number_sections
from pipeline.documents.grammar.outline import read_outline
from pipeline.languages.provision_rules import PartSort
from pipeline.records import Section
from pipeline.synthesize.structural.heading_case import pretty_title
from pipeline.synthesize.structural.provision_outline import provision_outline
from pipeline.synthesize.structural.provisions import Doubt, Outline


def english_outline(text: str) -> Outline:
    return provision_outline(text=text, nodes=read_provisions(text=text, language="en"), language="en")


def korean_outline(text: str) -> Outline:
    return provision_outline(text=text, nodes=read_provisions(text=text, language="ko"), language="ko")


def labels(outline: Outline) -> list[str]:
    return [provision.label for provision in outline.provisions]


def body(text: str, outline: Outline, label: str) -> str:
    [provision] = [item for item in outline.provisions if item.label == label]
    return text[provision.body.start : provision.body.end]


def test_english_outline_articles_sections_and_parts_get_their_own_labels() -> None:
    outline = english_outline(LEASE)
    assert [part.kind for part in outline.parts] == [PartSort.MAIN, PartSort.SCHEDULE, PartSort.AMENDMENT]
    assert labels(outline) == [
        "Article 1",
        "Article 2",
        "Section 2.1",
        "Section 2.2",
        "Article 3",
        "Section 3.1",
        "Section 3.2",
        "item 1 of Schedule A",
        "item 2 of Schedule A",
        "paragraph 1 of the First Amendment to Lease",
        "paragraph 2 of the First Amendment to Lease",
    ]


def test_english_outline_body_ends_before_signatures_and_next_heading() -> None:
    outline = english_outline(LEASE)
    assert body(LEASE, outline, "Section 3.2").endswith("section 12 of the Premises Act.")
    assert body(LEASE, outline, "Article 2").startswith("2.1 Tenant shall deposit")
    assert (
        body(LEASE, outline, "paragraph 2 of the First Amendment to Lease") == "Section 3.1 applies to Saturdays too."
    )


def test_english_outline_line_that_begins_with_a_reference_is_no_provision() -> None:
    text = "1. Scope\n\n1.1 The terms of clause\n1.2 and of\nSection 5 of the order apply.\n\n1.2 Orders are written.\n"
    wrapped = text.replace("1.2 and of\n", "7.3 and of\n")
    assert labels(english_outline(wrapped)) == ["clause 1", "clause 1.1", "clause 1.2"]


def test_english_outline_same_section_twice_is_doubtful() -> None:
    text = "§ 7.1 Scope.\n\nFirst text of the scope.\n\n§ 7.1 Scope.\n\nSecond text of the scope.\n"
    assert [provision.doubt for provision in english_outline(text).provisions] == [Doubt.SAME_LABEL] * 2


def test_english_outline_table_of_contents_is_left_out() -> None:
    text = (
        "§ 7.1 Scope.\n\n§ 7.2 Terms.\n\n§ 7.1 Scope.\n\nThis part applies to barges.\n\n"
        "§ 7.2 Terms.\n\nA barge floats.\n"
    )
    outline = english_outline(text)
    assert labels(outline) == ["§ 7.1", "§ 7.2"]
    assert body(text, outline, "§ 7.1") == "This part applies to barges."


def test_english_outline_number_before_a_gap_is_doubtful() -> None:
    text = (
        "ARTICLE 1. A\n\n1.1 One thing.\n\n1.2 Two things.\n\n1.4 Four things.\n\nARTICLE 2. B\n\n2.1 Other things.\n"
    )
    doubts = {provision.label: provision.doubt for provision in english_outline(text).provisions}
    assert doubts["Section 1.2"] is Doubt.GAP
    assert {label for label, doubt in doubts.items() if doubt} == {"Section 1.2"}


def test_english_outline_list_inside_a_clause_does_not_move_the_numbering() -> None:
    text = (
        "1. Work\n\n1.1 The builder shall:\n\n1. dig;\n\n2. build;\n\n3. clean.\n\n2. Price\n\n"
        "2.1 The price is fixed.\n"
    )
    assert labels(english_outline(text)) == ["Section 1", "Section 1.1", "Section 2", "Section 2.1"]


def test_english_outline_judgment_paragraphs_keep_their_brackets() -> None:
    text = (
        "JUDGMENT\n\n[1] The claim is for a debt.\n\n[2] It fails.\n\nORDER\n\n"
        "1. The claim is dismissed.\n\n2. No costs.\n"
    )
    assert labels(english_outline(text)) == [
        "paragraph [1]",
        "paragraph [2]",
        "item 1 of the Order",
        "item 2 of the Order",
    ]


def test_korean_outline_articles_branches_paragraphs_and_parts() -> None:
    outline = korean_outline(KOREAN_LEASE)
    assert labels(outline) == [
        "제1조",
        "제1조 제1호",
        "제1조 제2호",
        "제2조",
        "제2조 제1항",
        "제2조 제2항",
        "제2조 제3항",
        "제3조",
        "제3조의2",
        "제4조",
        "부칙 제1조",
        "부칙 제2조",
        "제1차 변경합의서 제1항",
        "제1차 변경합의서 제2항",
    ]
    assert body(KOREAN_LEASE, outline, "제4조") == "을은 계약이 끝나면 목적물을 비운다."
    assert not any(provision.doubt for provision in outline.provisions)


def test_korean_outline_reference_at_the_start_of_a_line_is_no_provision() -> None:
    text = "제1조 (목적) 이 규정은\n제2조 및 제3조에서 정한 바를 따른다.\n\n제2조 (적용) 모두에게 적용한다.\n"
    outline = korean_outline(text)
    assert labels(outline) == ["제1조", "제2조"]
    assert body(text, outline, "제1조").endswith("정한 바를 따른다.")


def test_korean_outline_judgment_has_items_of_its_parts() -> None:
    text = (
        "판결\n\n주 문\n\n1. 피고는 원고에게 1,000원을 지급하라.\n2. 소송비용은 피고가 부담한다.\n\n"
        "이 유\n\n1. 기초사실\n\n가. 원고는 농부이다.\n\n나. 피고는 상인이다.\n"
    )
    outline = korean_outline(text)
    assert labels(outline) == ["주문 제1항", "주문 제2항", "이유 제1항", "이유 제1의 가항", "이유 제1의 나항"]
    assert outline.provisions[2].title == "기초사실"


def test_section_outline_numbers_that_start_over_are_doubtful() -> None:
    titles = ["6.3 Steps", "1. Load", "2. Detect", "7. Next"]
    text = "".join(f"{title}\nwords\n" for title in titles)
    starts = [text.index(title) for title in titles]
    sections = [
        Section(start=start, end=end, level=1, title=title)
        for start, end, title in zip(starts, [*starts[1:], len(text)], titles, strict=True)
    ]
    nodes = number_sections(text=text, sections=sections, language="en")
    outline = provision_outline(text=text, nodes=nodes, language="en")
    assert [bool(provision.doubt) for provision in outline.provisions] == [True, True, True, False]


def test_pretty_title_loses_markup_and_keeps_its_letters() -> None:
    assert pretty_title("BASE RENT AND MANNER OF PAYMENT.") == "BASE RENT AND MANNER OF PAYMENT"
    assert pretty_title("## Descaling the RTU-2") == "Descaling the RTU-2"


def test_outline_heading_in_capitals_is_calmed_where_the_text_has_its_words_in_small_letters() -> None:
    text = (
        "ARTICLE 1. BARGE HIRE AND NOTICES\n\n1.1 A barge is let on hire.\n\nARTICLE 2. THE IMO NUMBER\n\n"
        "2.1 Each barge shows it.\n\nSCHEDULE B\n\n1. One barge lies at the quay.\n"
    )
    outline = english_outline(text)
    assert [item.title for item in outline.provisions if item.path.startswith("Article")] == [
        "Barge Hire and Notices",
        "THE IMO NUMBER",
    ]
    assert [part.name for part in outline.parts] == ["", "Schedule B"]


def test_outline_part_without_numbers_counts_as_one_provision() -> None:
    outline = english_outline("1. Scope\n\n1.1 The shed is let.\n\nEXHIBIT A\nPLAN\n\nOne shed by the quay.\n")
    assert labels(outline) == ["Section 1", "Section 1.1", "Exhibit A"]
    assert body(
        outline=outline,
        label="Exhibit A",
        text="1. Scope\n\n1.1 The shed is let.\n\nEXHIBIT A\nPLAN\n\nOne shed by the quay.\n",
    ).endswith("quay.")


def test_outline_provision_that_holds_a_heading_without_a_number_is_doubtful() -> None:
    text = "1. Scope\n\n1.1 The shed is let.\n\n1.2 The quay is not.\n\n  GENERAL RULES\n\nNobody sleeps here.\n"
    doubts = {provision.label: provision.doubt for provision in english_outline(text).provisions}
    assert doubts == {"Section 1": Doubt.GAP, "Section 1.1": Doubt.NONE, "Section 1.2": Doubt.GAP}


def test_outline_last_item_of_a_plain_list_does_not_take_the_text_behind_the_list() -> None:
    text = "1. Keep this notice.\n\n2. Name the maker.\n\n3. Change nothing here.\n\nThis tool is lent as it is.\n"
    assert [bool(provision.doubt) for provision in english_outline(text).provisions] == [False, False, True]


@given(
    st.lists(st.sampled_from([*LEASE.splitlines(), *KOREAN_LEASE.splitlines(), "", "1.1 x", "제7조 y"]), max_size=40)
)
def test_outlines_of_shuffled_lines_stay_inside_the_text_and_nest(lines: list[str]) -> None:
    text = "\n".join(lines)
    for outline in (english_outline(text), korean_outline(text)):
        for index, provision in enumerate(outline.provisions):
            assert 0 <= provision.start <= provision.body.start <= provision.body.end <= len(text)
            if provision.parent >= 0:
                parent = outline.provisions[provision.parent]
                assert provision.parent < index
                assert parent.start < provision.start
            if provision.start < provision.body.end:
                assert outline.at(provision.start) == index


def test_provisions_beside_a_chapter_that_counts_again_are_doubtful() -> None:
    text = (
        "PART A. Lending\n\n1. The boat is lent to the ferryman.\n\n2. The boat comes back clean.\n\n"
        "PART B. Selling\n\n1. The boat is sold to the ferryman.\n\n2. Paragraphs 1 and 2 hold for all boats.\n"
    )
    for task in ("clause", "cross_reference"):
        found = findings(text, task, domain="legal", language="en")
        assert not [fact for fact in found.facts if "aragraph 1" in f"{slots_of(fact)} {fact.answer}"]


def named(outline: Outline) -> list[str]:
    return [provision.named for provision in outline.provisions]


def test_english_outline_only_the_own_heading_names_a_provision() -> None:
    text = (
        "1. Rules; Limits.\n\n1.1 Boats; Oars. Guests keep the oars dry.\n\n1.2 Limits of Use.\n\n"
        "(a) No Racing. Guests do not race.\n\n(b) Guests tie up at night.\n\n"
        "**1.3 Night.** Lanterns are lit.\n\n2. Fees.\n\n2.1 Fees are paid in shells.\n"
    )
    assert named(english_outline(text)) == [
        "Section 1 (Rules; Limits)",
        "Section 1.1 (Boats; Oars)",
        "Section 1.2 (Limits of Use)",
        "Section 1.2(a) (No Racing)",
        "Section 1.2(b)",
        "Section 1.3 (Night)",
        "Section 2 (Fees)",
        "Section 2.1",
    ]


def test_korean_outline_each_heading_stands_behind_its_own_number() -> None:
    text = (
        "제4조(배) ① (돛대) 돛대는 희다.\n② 노는 길다.\n1. 앞 노\n2. 뒤 노\n\n제5조 ① 사공은 젓는다.\n"
        "② 손님은 앉는다.\n"
    )
    assert named(korean_outline(text)) == [
        "제4조(배)",
        "제4조(배) 제1항(돛대)",
        "제4조(배) 제2항",
        "제4조(배) 제2항 제1호",
        "제4조(배) 제2항 제2호",
        "제5조",
        "제5조 제1항",
        "제5조 제2항",
    ]


def test_english_outline_section_of_an_addendum_that_says_so_is_no_item() -> None:
    text = (
        "1. Boats\n\nBoats are hired.\n\n2. Oars\n\nOars are lent.\n\nADDENDUM 1\n\nSECTION 1—WORDS\n\n"
        "Words mean things.\n\n"
        "SECTION 2—SAILS\n\nSails are white.\n\nSchedule B\n\n1. one lantern\n2. two oars\n"
    )
    assert named(english_outline(text))[2:] == [
        "Section 1 (Words) of Addendum 1",
        "Section 2 (Sails) of Addendum 1",
        "item 1 of Schedule B",
        "item 2 of Schedule B",
    ]


def test_english_outline_listed_exhibits_are_no_exhibits() -> None:
    text = (
        "CONTENTS\n\n1. Boats ........ 2\n2. Oars ........ 3\n\n<PAGE>\n\nExhibit A - Form of Note\n"
        "Exhibit B - Form of Bill\n\nii\n\n"
        "1. Boats\n\nBoats are hired.\n\n2. Papers\n\nThese are annexed:\n\nExhibit A - Form of Note\n\n"
        "3. Oars\n\nOars are lent.\n"
    )
    assert labels(english_outline(text)) == ["Section 1", "Section 2", "Section 3"]


def test_english_outline_schedule_of_something_is_not_schedule_o() -> None:
    text = "1. Boats\n\nBoats are hired.\n\nSCHEDULE OF BUYERS\n\n2. Oars\n\nOars are lent.\n"
    assert labels(english_outline(text)) == ["Section 1", "Section 2"]


def test_english_outline_lettered_heading_that_ends_like_a_document_is_none() -> None:
    text = (
        "1. Boats\n\nBoats are hired.\n\nB. Account Terms\n\n1. Names\n\nNames are kept.\n\n2. Marks\n\n"
        "Marks are kept.\n"
    )
    assert not any("Account Terms" in label for label in labels(english_outline(text)))


def test_korean_outline_numbers_without_words_before_them_are_paragraphs() -> None:
    text = (
        "제1조(납품)\n1. 사공은 배를 나루에 댄다.\n2. 손님은 배를 탄다.\n\n제2조(짐) 짐은 다음 각 호와 같다.\n"
        "1. 쌀\n2. 소금\n\n"
        '제3조(정의)\n1. "배"란 나룻배를 말한다.\n2. "노"란 젓는 것을 말한다.\n'
    )
    assert labels(korean_outline(text)) == [
        "제1조",
        "제1조 제1항",
        "제1조 제2항",
        "제2조",
        "제2조 제1호",
        "제2조 제2호",
        "제3조",
        "제3조 제1호",
        "제3조 제2호",
    ]


def test_outline_marks_of_the_next_heading_are_no_text() -> None:
    text = "## 1. Boats\n\nBoats are hired.\n\n### **2. Oars**\n\nOars are lent.\n"
    assert body(text, english_outline(text), "Section 1") == "Boats are hired."


def test_english_outline_document_that_is_an_exhibit_is_no_part_of_itself() -> None:
    text = "Ferry Papers\n\nEXHIBIT 10\n\nBOAT HIRE\n\n1. Boats\n\nBoats are hired.\n\n2. Oars\n\nOars are lent.\n"
    assert labels(english_outline(text)) == ["Section 1", "Section 2"]


def test_english_outline_supplement_that_counts_like_the_code_keeps_its_name() -> None:
    text = (
        "§ 103.1 Scope.\n\nBoats are hired.\n\n§ 103.4 Lists.\n\nBoats are listed.\n\n"
        "Supplement I to Part 103—Comments\n\nSection 103.2—Terms\n\nA raft is a boat.\n\n"
        "Section 103.3—Rafts\n\nRafts are not listed.\n"
    )
    assert labels(english_outline(text))[2:] == ["Section 103.2 of Supplement I", "Section 103.3 of Supplement I"]


_SALE = (
    "12 CFR PART 9\n\n§ 9.1 Purpose.\n\nThis part covers the sale of lots by a developer.\n\n"
    "§ 9.2 Exemptions.\n\nA developer may ask for an exemption under § 9.1 in writing.\n\n"
    "Assurance of Title Agreement\n\n"
    "{below}\n\n§ 9.3 Fees.\n\nA developer pays a fee of USD 20 for each lot.\n"
)


_SURE = "the buyer is sure of a deed for the lot upon payment of the whole price and not later than a deed for the lot."


def sale_outline(text: str) -> Outline:
    nodes = read_outline(text=text, domain="legal", language="en")
    return provision_outline(text=text, nodes=nodes, language="en")


def test_outline_term_on_its_own_line_does_not_end_a_provision() -> None:
    text = _SALE.format(below=f"shall mean a paper by which {_SURE}")
    outline = sale_outline(text)
    assert body(text, outline, "§ 9.2").endswith("deed for the lot.")
    assert not any(item.doubt for item in outline.provisions)


def test_outline_provision_before_text_below_an_unnumbered_heading_is_in_doubt() -> None:
    text = _SALE.format(below=f"The developer gives the buyer a paper by which {_SURE}")
    doubts = {item.label: item.doubt for item in sale_outline(text).provisions}
    assert doubts == {"§ 9.1": Doubt.NONE, "§ 9.2": Doubt.GAP, "§ 9.3": Doubt.NONE}
    short = sale_outline(_SALE.format(below="Part Two"))
    assert not any(item.doubt for item in short.provisions)


def test_outline_section_whose_next_items_became_headings_is_in_doubt() -> None:
    text = (
        "Section 1. Scope\n\nThis licence covers the work.\n\nSection 2. Grant\n\na. Licence.\n\n"
        "1. Subject to the terms of this licence, the owner hereby allows You to copy the work for any purpose.\n\n"
        "2. Exceptions and Limitations. For the avoidance of doubt, where the law allows a use, this licence does not "
        "apply, and You do not need to comply with its terms and conditions.\n\n"
        "3. Term. The term of this licence is specified in Section 1, and it ends with the rights in the work.\n"
    )
    for rest in ("", "\nSection 3. End\n\nThis licence ends after a breach.\n"):
        found = {item.label: item for item in sale_outline(text + rest).provisions}
        assert "the term of this" not in body(text + rest, sale_outline(text + rest), "Section 2").casefold()
        assert found["Section 2"].doubt is Doubt.GAP
        assert found["Section 1"].doubt is Doubt.NONE


def test_english_outline_version_number_at_a_line_wrap_is_no_provision() -> None:
    text = (
        "1. Scope\n\nThis licence covers the work and the library.\n\n2. Other licences\n\n"
        "You may also use the work under the terms of the LGPL version\n2.1 or of the BSD licence, as you prefer.\n\n"
        "3. End\n\nThis licence ends after a breach.\n"
    )
    assert labels(english_outline(text)) == ["Section 1", "Section 2", "Section 3"]
    listed = text.replace("the LGPL version\n2.1 or of", "the LGPL.\n2.1 or of")
    assert "Section 2.1" in labels(english_outline(listed))


def test_english_outline_provision_with_the_next_number_inside_is_in_doubt() -> None:
    text = (
        "1. You may copy the work.\n\n2. You may change it.\n\n3. You must keep this notice.\n\n{}You must share it.\n"
    )
    assert [item.doubt for item in english_outline(text.format("4. ")).provisions] == [Doubt.NONE] * 4
    assert [item.doubt for item in english_outline(text.format("4.")).provisions] == [*[Doubt.NONE] * 2, Doubt.GAP]
