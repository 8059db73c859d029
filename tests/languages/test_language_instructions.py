"""English verbs that open an instruction, one by one, and what may stand before them."""

from __future__ import annotations

import re

import pytest

from pipeline.languages.en.instructions import IMPERATIVE, INSTRUCTION

VERBS = """
add adjust apply attach avoid boot browse build cancel carry change charge check choose clean clear click close
collect compile configure confirm connect convert copy create customize cut define delete deploy detach disable
disconnect display download drag drain draw drop edit eject enable ensure enter execute exit expand export
extract fill find fit fold follow give go hold identify import insert inspect install keep launch leave lift
load locate lock log lower make mark measure merge modify monitor mount move navigate note open pack paste
perform pick place plug point pour prepare press print provide pull push put raise read reboot rebuild reconnect
record refer reload remove rename repeat replace report request reset restart restore return review rinse rotate
run save scan scroll search see select send separate set shake shut slide sort specify start stop store submit
switch tag take tap test tighten touch transfer try turn type undo uninstall unlock unpack unplug unscrew update
upgrade upload use validate verify view wait wash wipe wrap write double-click right-click
"""


@pytest.mark.parametrize("verb", VERBS.split())
def test_instruction_opens_with_any_of_its_verbs(verb: str) -> None:
    assert INSTRUCTION.match(f"{verb.capitalize()} the cover.")
    assert re.fullmatch(IMPERATIVE, verb)
    assert not INSTRUCTION.match(f"They {verb} the cover.")


LEADS = "If When Once After Before While With To On In For From At Using Until Where"
ADVERBS = "then now next first finally again carefully optionally immediately please always manually simply"


@pytest.mark.parametrize("lead", LEADS.split())
def test_instruction_may_stand_behind_a_clause(lead: str) -> None:
    assert INSTRUCTION.match(f"{lead} it rains, close the lid.")
    assert not INSTRUCTION.match(f"{lead} it rains close the lid.")


@pytest.mark.parametrize("adverb", ADVERBS.split())
def test_instruction_may_stand_behind_an_adverb(adverb: str) -> None:
    assert INSTRUCTION.match(f"{adverb.capitalize()} close the lid.")
    assert INSTRUCTION.match(f"If it rains, {adverb} close the lid.")


@pytest.mark.parametrize(
    "opening", ["Do not close it.", "Don't close it.", "“Close it.", "`close` it.", "**Close** it."]
)
def test_instruction_in_marks_or_forbidding_is_one(opening: str) -> None:
    assert INSTRUCTION.match(opening)


@pytest.mark.parametrize("text", ["Close's lid", "Closed lids stay.", "The close of day.", "Closes at ten."])
def test_words_that_only_begin_like_a_verb_are_no_instruction(text: str) -> None:
    assert not INSTRUCTION.match(text)
