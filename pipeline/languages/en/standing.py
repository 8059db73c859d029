"""English words that show which of several duplicates a person would keep."""

from __future__ import annotations

from pipeline.languages.standing_rules import StandingRules, whole_words

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_MONTH = r"(?P<month>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec|" + "|".join(_MONTHS) + r")\b\.?"
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth"),
    *("seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"),
)
_FIELD = (
    r"(?:insert|enter|name|date|address|amount|company|client|customer|part(?:y|ies)|title|number|day|month|year|fill|"
    r"sum|signature|city|state|landlord|tenant|buyer|seller)\b[^\]}\n]{0,40}[\]}]"
)

STANDING = StandingRules(
    draft_name=whole_words(
        [
            *(
                "drafts?",
                "wip",
                "work[ _-]?in[ _-]?progress",
                "redlined?",
                "mark(?:ed)?[ _-]?up",
                "tracked[ _-]?changes",
            ),
            *("unapproved", "unsigned", "unexecuted", "unconfirmed", "proposed", "templates?", "prelim(?:inary)?"),
            "for[ _-](?:review|signature|comments?|discussion|approval|execution)",
        ]
    ),
    final_name=whole_words(
        [
            *("final(?:i[sz]ed)?", "approved", "adopted", "confirmed", "published", "official", "clean", "enacted"),
            "execution[ _-]?version",
        ]
    ),
    signed_name=whole_words(["signed", "counter[ _-]?signed", "executed", "notari[sz]ed"]),
    copy_name=whole_words(["cop(?:y|ies)", "duplicates?", "dup", "photocopy"]),
    original_name=whole_words(["originals?"]),
    backup_name=whole_words(
        [
            *("back[ _-]?ups?", "bak", "bkp", "archived?", "archives", "trash", "recycled?", "recycle[ _.-]?bin"),
            *("deleted(?:[ _-]?items)?", "snapshots?"),
        ]
    ),
    superseded_name=whole_words(
        [
            *(
                "old(?:er)?",
                "obsolete",
                "superseded",
                "previous",
                "prev",
                "deprecated",
                "legacy",
                "outdated",
                "retired",
            ),
            *("withdrawn", "expired", "repealed"),
        ]
    ),
    current_name=whole_words(
        ["current", "consolidated", "restated", "amended", "revised", "updated", "latest", "in[ _-]?force"]
    ),
    scan_name=whole_words(["scan(?:s|ned)?", "ocr"]),
    draft_line=whole_words(
        [
            *("draft", "unapproved", "not (?:yet )?approved", "not for (?:execution|signature|distribution)"),
            *("for (?:discussion|review|comment)(?: purposes)? only", "subject to (?:contract|confirmation|approval)"),
            *("work in progress", "d r a f t"),
        ]
    ),
    copy_line=(
        r"^\W*(?:(?:certified|conformed|true|office|file|reference|uncontrolled|client)\s+)*(?:copy|duplicate)\W*$|"
        r"\b(?:certified|conformed|uncontrolled|true) copy\b"
    ),
    superseded_line=(
        r"^\W*(?:superseded|obsolete|withdrawn|cancelled|repealed|expired)\b|"
        r"\b(?:has|have) been (?:superseded|withdrawn|replaced|rescinded|repealed)\b|"
        r"\bno longer (?:in force|valid|in effect|current)\b"
    ),
    current_line=whole_words(
        ["as amended", "consolidated", "amended and restated", "incorporating (?:all )?(?:the )?amendments"]
    ),
    forward_line=(
        r"(?:begin )?forwarded (?:message|by .{1,60})\s*:?[-_ ]*$|original (?:message|e?-?mail)[-_ ]*$|"
        r"[^\W\d_][^:\n]{0,12}: ?fwd?:"
    ),
    cut_end=(
        r"[\[(<]\s*(?:text |rest |file |output )?(?:truncated|cut off|omitted|snip(?:ped)?|continued|missing)\s*[\])>]"
        r"\W*$"
    ),
    unfinished_end=(
        r"\b(?:the|an?|of|to|for|and|or|but|nor|by|at|with|from|into|upon|which|whose|may|must|shall|will|would|should|"
        r"could|has|have|had|is|are|was|were|be|been|being|its|their|these|than|as|if|when|where|unless|giving)[,:]?$"
    ),
    signature=(
        r"/s/\s*[^\W\d_]|\((?:signed|sgd\.?)\)|\[signed\]|"
        r"electronically signed by:?\s+[^\W\d_]|digitally signed by:?\s+[^\W\d_]|docusigned by\b"
    ),
    blank=(
        whole_words(["tb[dca]", "todo", "fixme", "to be (?:determined|agreed|confirmed|completed|inserted|advised)"])
        + rf"|\[ ?{_FIELD}|\{{ ?{_FIELD}|\[ ?(?:note to draft|drafting note|ntd)\b"
    ),
    garbled=(
        r"[015~^|¬°](?<=[a-z].)(?=[a-z])",
        r" [b-hj-z](?: [b-hj-z]){2,}\b",
        r"['`´;~^](?<=\s.)(?=\s)",
    ),
    revision_label=whole_words(
        [
            *("effective", "updated", "revised", "amended", "modified", "revision", "issued", "in force", "as of"),
            *("edition", "version"),
        ]
    ),
    version_label=(
        r"(?<![^\W\d_])(?:v|ver|version|rev|revision|edition|issue|release|r)[ ._-]{0,2}(?P<major>\d{1,3})"
        r"(?:\.(?P<minor>\d{1,3}))?(?!\d)|"
        rf"\b(?P<ordinal>{'|'.join(_ORDINALS)}|\d{{1,2}}(?=st|nd|rd|th))(?:st|nd|rd|th)? (?:edition|revision|version)\b"
    ),
    ordinals={word: number for number, word in enumerate(_ORDINALS, 1)},
    dates=(
        rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: day)?(?: of)? )?{_MONTH},? (?P<year>(?:19|20)\d\d)\b",
        rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>(?:19|20)\d\d)\b",
    ),
    months={name: number for number, month in enumerate(_MONTHS, 1) for name in {month, month[:3], month[:4]}},
)
