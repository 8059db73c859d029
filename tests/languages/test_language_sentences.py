"""Abbreviations behind which a sentence goes on, every one by itself, in what is asked and where texts are cut."""

from __future__ import annotations

import re

import pytest

from pipeline.languages import language_rules
from pipeline.pack.sentences import sentence_starts
from pipeline.synthesize.sentences import sentence_spans

SHORT = "Mr Mrs Ms Dr No Nos Art Arts Sec Secs Inc Ltd Co Corp v vs cf e.g i.e al St Jr Sr approx Fig Figs a.m p.m"
SHORT += " Jan Feb Aug Sept Oct Nov Dec X"
TITLES = "Mr Mrs Ms Dr St No Nos Inc Ltd Co Corp Sec Art v vs cf e.g i.e a.m p.m X"
CUTS = """
adj al app approx apr art arts assn aug ave bldg blvd bros ca cap capt cert cf ch cl co col corp ct dec dept dist dr ed
eds eq esp est etc ex exh feb ff fig figs fn fri gen gov hon id inc incl jan jr jul jun lt ltd maj mar messrs min misc
mon mr mrs ms mt no nos nov oct op p para paras pg ph pl pp prof pt pty pvt rd re ref rep resp rev sat sec secs sect sen
sep sept ser sgt sr st stat subd subsec supp suppl tel thu tue univ v viz vol vols vs wed
"""
SMALL = "a an and at by for from in of on or the to under with"
COUNTED = """
annex appendix article articles chapter clause clauses exhibit figure item items line no number page pages paragraph
paragraphs part point recital rule schedule section sections step subsection table version volume
"""


@pytest.mark.parametrize("word", SHORT.split())
def test_sentence_that_is_asked_about_goes_on_behind_a_short_form(word: str) -> None:
    text = f"The rent of {word}. Hill is due. It is paid."
    found = [text[span.start : span.end] for span in sentence_spans(text, start=0, end=len(text))]
    assert found == [f"The rent of {word}. Hill is due.", "It is paid."]


@pytest.mark.parametrize("word", TITLES.split())
def test_sentence_of_a_provision_goes_on_behind_a_title(word: str) -> None:
    assert re.search(f"(?:{language_rules('en').sentences.titles})$", f"the {word}")
    assert not re.search(f"(?:{language_rules('en').sentences.titles})$", "the rent")


@pytest.mark.parametrize("word", CUTS.split())
def test_text_is_not_cut_behind_an_abbreviation(word: str) -> None:
    assert list(sentence_starts(f"The rent of {word}. Hill is due")) == []
    assert len(list(sentence_starts("The rent of land. Hill is due"))) == 1


@pytest.mark.parametrize("word", COUNTED.split())
def test_text_is_not_cut_behind_the_number_of_something_counted(word: str) -> None:
    assert list(sentence_starts(f"They signed {word} 12. The rent is due")) == []
    assert len(list(sentence_starts("They signed in 2012. The rent is due"))) == 1


def test_small_words_stay_small_in_a_title() -> None:
    assert language_rules("en").sentences.small_words == set(SMALL.split())
    assert language_rules("ko").sentences.small_words == frozenset()
