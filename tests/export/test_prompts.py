from dataclasses import replace

from synthesis_documents import LEASE_EN, SUPPLY_KO

from pipeline.export.prompts import part_note, user_message
from pipeline.records import Member

PATH = ("Chapter 3", "Section 2")


def test_user_message_of_a_whole_document_is_its_text_and_the_question() -> None:
    message = user_message(LEASE_EN, question="Who pays?", candidate_id="c")
    assert message.startswith(LEASE_EN.text + "\n\n")
    assert message.endswith("Who pays?")


def test_user_message_of_a_part_begins_with_where_it_stands() -> None:
    second = replace(LEASE_EN, part=2, num_parts=3, heading_path=PATH)
    message = user_message(second, question="Who pays?", candidate_id="c")
    assert message.startswith("[Part 2 of 3; continues under: Chapter 3 > Section 2]\n\n" + LEASE_EN.text)
    korean = replace(SUPPLY_KO, part=2, num_parts=3, heading_path=("제3장",))
    assert user_message(korean, question="?", candidate_id="c").startswith(
        "[전체 3부 중 2부. 이어지는 부분: 제3장]\n\n"
    )
    assert part_note(replace(LEASE_EN, part=1, num_parts=3)) == "[Part 1 of 3]"
    assert part_note(replace(SUPPLY_KO, part=1, num_parts=3)) == "[전체 3부 중 1부]"


def test_part_note_of_a_deep_path_stays_short() -> None:
    path = tuple(f"{level} " + "very long title " * 8 for level in range(9))
    note = part_note(replace(LEASE_EN, part=2, num_parts=3, heading_path=path))
    assert len(note) < 300
    assert "8 very long" in note


def test_user_message_of_a_joined_row_speaks_of_documents() -> None:
    joined = replace(LEASE_EN, members=(Member("d", "t", "u", 0, 5, 1), Member("e", "t", "u", 6, 9, 1)))
    asked = {user_message(joined, question="?", candidate_id=str(n)).removeprefix(LEASE_EN.text) for n in range(40)}
    assert asked == {"\n\n?", "\n\nBased on the documents above: ?", "\n\nA question about these documents: ?"}
