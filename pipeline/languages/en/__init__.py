"""The rules for English: `RULES` collects them from the modules of this package, one for each subject."""

from __future__ import annotations

from pipeline.languages.en.absence import ABSENCE
from pipeline.languages.en.answers import ANSWERS
from pipeline.languages.en.asking import ASKING
from pipeline.languages.en.boilerplate import BOILERPLATE
from pipeline.languages.en.comparison import COMPARISON
from pipeline.languages.en.cues import CUES
from pipeline.languages.en.dates import dated_event, find_dates
from pipeline.languages.en.decisions import DECISIONS
from pipeline.languages.en.detection import SMALL_WORDS
from pipeline.languages.en.domains import DOMAINS
from pipeline.languages.en.fact_free import FACT_FREE
from pipeline.languages.en.facts import FACTS
from pipeline.languages.en.followed import FOLLOWED
from pipeline.languages.en.frames import FRAMES, join_names, name_document
from pipeline.languages.en.headings import HEADINGS
from pipeline.languages.en.legal import LEGAL
from pipeline.languages.en.manual import MANUAL
from pipeline.languages.en.masking import MASKING
from pipeline.languages.en.mentions import MENTIONS
from pipeline.languages.en.periods import find_periods
from pipeline.languages.en.questions_across import QUESTIONS_ACROSS
from pipeline.languages.en.sentences import SENTENCES
from pipeline.languages.en.sources import SOURCES
from pipeline.languages.en.standing import STANDING
from pipeline.languages.en.statements import STATEMENTS
from pipeline.languages.en.turns import TURNS
from pipeline.languages.en.versions import VERSIONS
from pipeline.languages.en.words import WORDS
from pipeline.languages.rules import Detection, LanguageRules, read_beside
from pipeline.languages.value_rules import ValueRules

RULES = LanguageRules(
    name="English",
    detection=Detection(letters="A-Za-z", small_words=SMALL_WORDS, is_common=True, least_share=0.9),
    words=WORDS,
    frames=FRAMES,
    asking=ASKING,
    prompts=read_beside(__name__),
    manual=MANUAL,
    comparison=COMPARISON,
    join_names=join_names,
    name_document=name_document,
    questions={**FOLLOWED, **QUESTIONS_ACROSS},
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
    cues=CUES,
    decisions=DECISIONS,
    absence=ABSENCE,
    fact_free=FACT_FREE,
)
