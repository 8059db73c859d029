"""English wordings of the fact-free rows."""

from __future__ import annotations

from pipeline.languages.fact_free_rules import FactFreeRules

_ADJECTIVES = (
    "amber brisk calm dusty eager faint gentle hollow idle jagged keen lively mellow narrow "
    "olive pale quiet rapid silver tidy upper vivid warm young"
)
_NOUNS = (
    "anchor basket candle drawer engine feather garden hammer island jacket kettle ladder "
    "mirror needle orchard pillar quarry ribbon saddle tunnel umbrella valley window yard"
)

FACT_FREE = FactFreeRules(
    adjectives=tuple(_ADJECTIVES.split()),
    nouns=tuple(_NOUNS.split()),
    pairs_heading="The following JSON object has random keys and values.",
    pair_questions=(
        "What is the value of the key “{key}”?",
        "Which value does the object give for “{key}”?",
        "Look up “{key}” and give its value.",
    ),
    pair_answer="The value of “{key}” is “{value}”.",
    no_pair="The object has {count} keys, and “{key}” is not one of them.",
    lines_heading="Each of the following lines has a name and a number.",
    line="line {name}: the number is {value}",
    line_questions=(
        "Which number is in the line {name}?",
        "What is the number of the line {name}?",
        "Find the line {name} and give its number.",
    ),
    line_answer="The number in the line {name} is {value}.",
    no_line="None of the {count} lines has the name {name}.",
)
