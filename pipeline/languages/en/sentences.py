"""English sentences: abbreviations, labels before a sentence, and words after which a sentence must continue."""

from __future__ import annotations

from pipeline.languages.text_rules import SentenceRules

_ABBREVIATIONS = """
adj al app approx apr art arts assn aug ave bldg blvd bros ca cap capt cert cf ch cl co col corp ct dec dept dist dr
ed eds eq esp est etc ex exh feb ff fig figs fn fri gen gov hon id inc incl jan jr jul jun lt ltd maj mar messrs min
misc mon mr mrs ms mt no nos nov oct op p para paras pg ph pl pp prof pt pty pvt rd re ref rep resp rev sat sec secs
sect sen sep sept ser sgt sr st stat subd subsec supp suppl tel thu tue univ v viz vol vols vs wed
"""
MONTHS = "January February March April May June July August September October November December"
_COUNTED = """
annex appendix article articles chapter clause clauses exhibit figure item items line no number page pages paragraph
paragraphs part point recital rule schedule section sections step subsection table version volume
"""
_SMALL = "a an and at by for from in of on or the to under with"

SENTENCES = SentenceRules(
    abbreviations=frozenset(_ABBREVIATIONS.split()),
    short_forms=(
        r"[A-Z]|Mrs?|Ms|Dr|Nos?|Arts?|Secs?|Inc|Ltd|Co|Corp|vs?|cf|e\.g|i\.e|al|St|Jr|Sr|approx|Figs?|[ap]\.m"
        r"|Jan|Feb|Aug|Sept|Oct|Nov|Dec"
    ),
    titles=r"\b(?:Mr|Mrs|Ms|Dr|St|No|Nos|Inc|Ltd|Co|Corp|Sec|Art|vs?|cf|e\.g|i\.e|a\.m|p\.m)|\b[A-Z]",
    months=frozenset(MONTHS.split()),
    counted=frozenset(_COUNTED.split()),
    small_words=frozenset(_SMALL.split()),
    open_words=r"\b(?:and|or)",
    item_letters="a-zA-Z",
    speaker_label=r"[A-Z][\w.'’-]*(?:\ [A-Z][\w.'’-]*){0,3}(?:\ \([^)\n]{1,40}\))?:\s+",
    line_opening=r"[A-Z\"“]",
)
