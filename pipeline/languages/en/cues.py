"""English words that show rules, procedures and decisions, and the conclusion about a case."""

from __future__ import annotations

from pipeline.languages.cue_rules import CueRules

_DAY = "Mon|Tues|Wednes|Thurs|Fri|Satur|Sun"

CUES = CueRules(
    rule=(
        r"\b(?:if|unless|where|provided that|except|within|no later than|not later than|at least|at most|not exceed\w*"
        r"|must|shall|may not|cannot|until|before|after|in the event|entitled|only)\b"
    ),
    order=(
        r"\b(?:first(?:ly)?|then|next|after(?:wards)?|before|finally|upon|once|prior to|thereafter|subsequently"
        r"|step \d+|within \w+ (?:days|hours|weeks|months))\b"
    ),
    decision=(
        r"\b(?:decid(?:e|ed|es|ing)|decisions?|agreed|resolved|approved?|adopted|carried|let['’]s"
        r"|we(?:['’]ll| will| should)|I(?:['’]ll| will| can do)|you(?:['’]ll| will)|action (?:items?|points?)|to-?dos?"
        rf"|assigned|responsible|owners?|deadline|by (?:(?:{_DAY})day|tomorrow|tonight|next|the end|noon|\d{{1,2}}))\b"
    ),
    says_no=r"\W*no\b",
    asks_kept=(
        r"\b(?:in time|on time|timely|punctual(?:ly)?|within the (?:\w+ )?(?:limits?|periods?|deadline|range|tolerance)"
        r"|compl(?:y|ies|ied) with|meets?|satisf(?:y|ies))\b"
    ),
    asks_broken=(
        r"\b(?:late|overdue|in breach|breach(?:es|ed)?|violat(?:e|es|ed)|exceed(?:s|ed)?"
        r"|out of (?:time|range|tolerance)|too (?:late|long|short|high|low|heavy|much|many|few|hot|cold|big|small))\b"
    ),
)
