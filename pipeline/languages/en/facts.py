"""Patterns for amounts, dates, durations, shares and counts in English."""

from __future__ import annotations

from pipeline.languages.question_rules import FactRules

_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_YEARISH = r"(?:,? \d{4})"
_NO_COUNTED = (
    r"(?!(?:degrees|kilograms|grams|tonnes|tons|litres|liters|millilitres|metres|meters|centimetres|millimetres|"
    r"kilometres|miles|inches|volts|watts|amps|pounds|decibels|cents|mm|cm|ml|kg|km|bar|times|gives|makes|costs|goes|"
    r"weighs|holds|needs|because)\b)"
)
"""A look-ahead that excludes words that are not counted nouns: units of measure, and verbs that end in s."""
_COUNTED = rf"(?P<unit>(?:{_NO_COUNTED}[a-z]+ ){{0,2}}?{_NO_COUNTED}(?:[a-z]{{3,}}(?<!s)s|people|children))(?![\w-])"
_NUMBER_WORD = (
    "(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
)
_TIME_UNITS = r"(?:seconds?|minutes?|hours?|(?:business |working |calendar )?days?|weeks?|months?|years?)"

FACTS = FactRules(
    patterns=(
        (
            "money",
            rf"(?:\b(?:USD|EUR|GBP|CHF|JPY|KRW|SEK|AUD|CAD) ?|[$€£₩]){_NUMBER}(?: (?:million|billion)\b)?"
            rf"|\b{_NUMBER}(?: (?:million|billion))? (?:dollars|euros|pounds|won)\b",
        ),
        (
            "date",
            rf"\b(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}{_YEARISH}?"
            rf"|\b{_MONTH} \d{{1,2}}\b{_YEARISH}?|\b{_MONTH} \d{{4}}\b|\b\d{{4}}-\d{{2}}-\d{{2}}\b",
        ),
        ("share", rf"\b{_NUMBER} ?(?:%|per ?cent\b)"),
        (
            "duration",
            rf"(?i:\b{_NUMBER_WORD}(?:(?: |-|-and-| and )(?:hundred|{_NUMBER_WORD}))* \({_NUMBER}\) {_TIME_UNITS}\b"
            rf"|\b{_NUMBER} {_TIME_UNITS}\b)",
        ),
        ("count", rf"\b{_NUMBER} {_COUNTED}"),
    ),
    places=(
        r"\b(?:sections?|articles?|clauses?|schedules?|exhibits?|annex|items?|pages?|paragraphs?|chapters?|steps?|years?|"
        r"books?|nos?\.?|numbers?|version|rule|units?|figures?|tables?|lots?|phase|part)\s+"
    ),
    months=_MONTH,
    range_words=r"to|through|until",
    joints=r"to|and|or|through",
    qualifiers=r"at (?:least|most)|up to|about|approximately|more than|less than",
)
