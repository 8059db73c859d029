import pytest

from pipeline.synthesize.structural.blocks import plain_block, shown_width, without_emphasis, without_tags
from pipeline.synthesize.structural.facts import Span


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("A *float valve* closes the **tank**.", "A float valve closes the tank."),
        ("*부표*는 물을 막고 **밸브** 는 닫힙니다.", "부표는 물을 막고 밸브는 닫힙니다."),
        ("The files `*.lid` and `a*b*c` of **`pump`**.", "The files `*.lid` and `a*b*c` of `pump`."),
        ("It _always_ closes lid_a_b and __lid__.", "It always closes lid_a_b and __lid__."),
        ("Take 2 * 3 litres, or *p and q* r.", "Take 2 * 3 litres, or p and q r."),
        (r"The names \*lid and \<key\>.", "The names *lid and <key>."),
    ],
)
def test_without_emphasis_marks_around_words_go_and_code_stays(written: str, plain: str) -> None:
    assert without_emphasis(written) == plain


def block(text: str) -> str:
    return plain_block(text, Span(0, len(text.partition("\n\n[")[0])))


def test_plain_block_mark_of_a_footnote_goes_where_the_text_has_the_note() -> None:
    assert block("The lid[2] is hot.\n\n[2] While the pump runs.\n") == "The lid is hot."
    assert block("뚜껑[2]은 뜨겁습니다.\n\n[2] 펌프가 돌 때.\n") == "뚜껑은 뜨겁습니다."
    assert block("The lid[2] is hot.\n") == "The lid[2] is hot."


def test_plain_block_title_of_an_item_stays_on_its_line() -> None:
    text = "No Water in the Motor\nThe motor must be dry before the pump is started in the spring."
    assert block(text) == text
    wrapped = "The motor of the Large\nPump must be dry before the pump is started in the spring."
    assert block(wrapped) == wrapped.replace("\n", " ")


def test_plain_block_number_behind_a_sentence_is_not_given() -> None:
    assert block("It is set by the workshop. 10 The pump stands still.") == ""
    assert block("수리점에서 정합니다. 10 펌프가 멈춥니다.") == ""
    assert block("It holds version 2. 10 litres fit in.") != ""


def test_plain_block_asterisks_that_may_be_meant_are_not_given() -> None:
    assert block("A name that lacks *?*, ***, or *[* has a star.") == ""
    assert block("```\na ** b\n```\n") == "```\na ** b\n```"


def test_without_tags_references_are_their_characters() -> None:
    assert without_tags("<code>a &vert;= b</code> &amp; c") == "a |= b & c"


def test_plain_block_code_keeps_comments_footnote_marks_and_wide_gaps() -> None:
    code = "```html\n<!-- the lid -->\na[1] = lid[^1]  # It shuts.  Then it locks.\n```"
    text = f"The lid[^1] shuts.<!-- by hand -->\n\n{code}\n\n[1] A note.\n"
    assert plain_block(text, Span(0, text.index("\n\n[1]"))) == f"The lid shuts.\n{code}"
    assert block("Write `<!-- lid -->` or `a[1]` there[1].\n\n[1] A note.\n") == "Write `<!-- lid -->` or `a[1]` there."


def test_shown_width_of_the_first_wide_letter_is_two() -> None:
    assert shown_width("\u1100") == shown_width("\u1102") == shown_width("가") == 2
