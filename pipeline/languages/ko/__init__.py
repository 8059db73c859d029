"""The rules for Korean: `RULES` collects them from the modules of this package, one for each subject."""

from __future__ import annotations

from pipeline.languages.ko.absence import ABSENCE
from pipeline.languages.ko.answers import ANSWERS
from pipeline.languages.ko.asking import ASKING
from pipeline.languages.ko.boilerplate import BOILERPLATE
from pipeline.languages.ko.comparison import COMPARISON
from pipeline.languages.ko.cues import CUES
from pipeline.languages.ko.dates import dated_event, find_dates
from pipeline.languages.ko.decisions import DECISIONS
from pipeline.languages.ko.domains import DOMAINS
from pipeline.languages.ko.fact_free import FACT_FREE
from pipeline.languages.ko.facts import FACTS
from pipeline.languages.ko.followed import FOLLOWED
from pipeline.languages.ko.frames import FRAMES, TYPE_NOUNS, join_names, name_document
from pipeline.languages.ko.headings import HEADINGS
from pipeline.languages.ko.legal import LEGAL
from pipeline.languages.ko.manual import MANUAL
from pipeline.languages.ko.masking import MASKING
from pipeline.languages.ko.mentions import MENTIONS
from pipeline.languages.ko.particles import attach
from pipeline.languages.ko.periods import find_periods
from pipeline.languages.ko.questions_across import QUESTIONS_ACROSS
from pipeline.languages.ko.register import REGISTER
from pipeline.languages.ko.sentences import SENTENCES
from pipeline.languages.ko.sources import SOURCES
from pipeline.languages.ko.standing import STANDING
from pipeline.languages.ko.statements import STATEMENTS
from pipeline.languages.ko.turns import TURNS
from pipeline.languages.ko.versions import VERSIONS
from pipeline.languages.ko.words import WORDS
from pipeline.languages.rules import Detection, LanguageRules, read_beside
from pipeline.languages.value_rules import ValueRules

RULES = LanguageRules(
    name="Korean",
    # Korean text may contain many foreign names, so it is enough if a fifth of the letters are Hangul.
    detection=Detection(
        letters="가-힣",
        scripts=("hangul",),
        sentence_endings="[은는이가을를에의로와과도만서며면다요까한할된](?![가-힣])",
        legacy_encodings=("cp949",),
        least_share=0.2,
    ),
    words=WORDS,
    frames=FRAMES,
    asking=ASKING,
    prompts=read_beside(__name__),
    manual=MANUAL,
    comparison=COMPARISON,
    join_names=join_names,
    name_document=name_document,
    questions={**FOLLOWED, **QUESTIONS_ACROSS},
    type_nouns=TYPE_NOUNS,
    attach=attach,
    chars_per_token=2.1,  # 51 pages of one manual have 1.9 times as many characters in English
    sentences=SENTENCES,
    facts=FACTS,
    mentions=MENTIONS,
    headings=HEADINGS,
    legal=LEGAL,
    masking=MASKING,
    sources=SOURCES,
    domains=DOMAINS,
    turns=TURNS,
    versions=VERSIONS,
    boilerplate=BOILERPLATE,
    standing=STANDING,
    statements=STATEMENTS,
    values=ValueRules(find_dates=find_dates, find_periods=find_periods, dated_event=dated_event),
    answers=ANSWERS,
    register=REGISTER,
    cues=CUES,
    decisions=DECISIONS,
    absence=ABSENCE,
    fact_free=FACT_FREE,
)
