"""Questions about a part of a long document: its outline is the document's, clipped, and nothing is asked that only
the rest of the document could tell."""

from __future__ import annotations

from dataclasses import replace

from structural_documents import make_context, slots_of

from pipeline.documents.grammar.clipping import clip_outline
from pipeline.documents.grammar.outline import read_outline
from pipeline.records import Context
from pipeline.synthesize.structural.candidates import find_facts
from pipeline.synthesize.structural.task import Form
from pipeline.synthesize.tasks.callers import CALLERS_OF
from pipeline.synthesize.tasks.signature import SIGNATURE_METHODS, SIGNATURE_OF
from pipeline.synthesize.tasks.speaker import SPEAKER_WHO

MEETING = (
    "Ann Lee: The roof leaks above the archive room again.\n"
    "Bob Roe: Then we have to move the maps to the second floor.\n"
    "Ann Lee: The movers can come on the ninth of March.\n"
    "Bob Roe: Good, I will call the insurance company today.\n"
)
CODE = '''# file: shop/rates.py

def rate_for(zone: str) -> int:
    return 390


class Cart:
    """What a customer buys."""

    def total(self, zone: str) -> int:
        """The price of all items."""
        return rate_for(zone)

    def weight(self, unit: str) -> int:
        return 3


def quote(zone: str) -> int:
    return rate_for(zone)
'''


def parts_of(text: str, domain: str, *marks: str) -> list[Context]:
    """The parts of a document that is cut before some words."""
    outline = read_outline(text=text, domain=domain, language="en", name="tool.py")
    starts = [0, *(text.index(mark) for mark in marks)]
    ends = [*starts[1:], len(text)]
    return [
        replace(
            make_context(text[start:end], domain=domain, language="en"),
            outline=own,
            part=number,
            num_parts=len(starts),
            parent_start=start,
        )
        for number, (start, end, own) in enumerate(
            zip(starts, ends, clip_outline(outline, list(zip(starts, ends, strict=True))), strict=True), start=1
        )
    ]


def asked(context: Context, task: str, form: Form) -> dict[str, str]:
    """Answers by what is asked about."""
    found = find_facts(context=context, tasks=frozenset({task}))
    for fact in found.facts:
        assert all(0 <= span.start < span.end <= len(context.text) for span in fact.spans)
    return {next(iter(slots_of(fact).values())): fact.answer for fact in found.facts if fact.form is form}


def test_speaker_facts_of_parts_know_the_speakers_of_the_whole_and_ask_of_whole_turns() -> None:
    first, second = parts_of(MEETING, "dialogue", "to the second floor")
    # Neither part alone has a name that comes back.
    assert set(asked(first, "speaker", SPEAKER_WHO).values()) <= {"Ann Lee"}
    words = asked(second, "speaker", SPEAKER_WHO)
    assert not any("second floor" in said for said in words), "who says it stands in the part before"


def test_speaker_facts_read_the_turns_of_the_outline_and_no_others() -> None:
    context = replace(make_context(MEETING, domain="dialogue", language="en"), outline=())
    assert find_facts(context=context, tasks=frozenset({"speaker"})).facts == ()
    (whole,) = parts_of(MEETING, "dialogue")
    assert len(asked(whole, "speaker", SPEAKER_WHO)) == 4


def test_signature_facts_of_a_part_are_of_definitions_whose_signature_it_holds() -> None:
    first, second = parts_of(CODE, "code", '        """The price of all items.')
    assert set(asked(first, "signature", SIGNATURE_OF)) == {"rate_for", "Cart.total"}
    assert set(asked(second, "signature", SIGNATURE_OF)) == {"Cart.weight", "quote"}
    for part in (first, second):
        assert asked(part, "signature", SIGNATURE_METHODS) == {}, "the class is cut"


def test_signature_facts_of_a_definition_cut_in_its_signature_are_none() -> None:
    first, second = parts_of(CODE, "code", "zone: str) -> int:\n        ")
    assert "Cart.total" not in asked(first, "signature", SIGNATURE_OF)
    assert "Cart.total" not in asked(second, "signature", SIGNATURE_OF)


def test_caller_facts_of_a_function_whose_caller_begins_above_are_none() -> None:
    moved = CODE.replace("# file: shop/rates.py\n\ndef rate_for(zone: str) -> int:\n    return 390\n\n\n", "")
    text = "# file: shop/rates.py\n\n" + moved + "\n\ndef rate_for(zone: str) -> int:\n    return 390\n"
    (whole,) = parts_of(text, "code")
    assert asked(whole, "callers", CALLERS_OF) == {"rate_for": "`Cart.total` (shop/rates.py)\n`quote` (shop/rates.py)"}
    _, second = parts_of(text, "code", '        """The price of all items.')
    assert asked(second, "callers", CALLERS_OF) == {}
