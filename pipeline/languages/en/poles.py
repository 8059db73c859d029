"""English words that say the opposite of each other, by the name of their scale."""

from __future__ import annotations

from pipeline.languages.statement_rules import Poles

POLES = {
    "time": Poles(
        r"\bafter\b|\bfollowing\b|\b(?:later|newer|more\srecent)\sthan\b",
        r"\bbefore\b|\bprior\sto\b|\bahead\sof\b|\b(?:earlier|older)\sthan\b",
        points=True,
    ),
    "size": Poles(
        r"\b(?:more|greater|larger|longer|higher|bigger|heavier|taller|wider|older|later)\sthan\b|\bexceed(?:s|ed|ing)?\b"
        r"|\babove\b|\bat\sleast\b",
        r"\b(?:less|fewer|smaller|shorter|lower|lighter|narrower|younger|newer|earlier)\sthan\b|\bbelow\b|\bat\smost\b"
        r"|\bup\sto\b",
        points=True,
    ),
    "order": Poles(r"\bfirst\b", r"\blast\b"),
    "age": Poles(r"\b(?:newest|latest|youngest|most\srecent)\b", r"\b(?:oldest|earliest)\b"),
    "extreme": Poles(
        r"\b(?:largest|greatest|biggest|highest|longest|maximum|maximal|most)\b",
        r"\b(?:smallest|lowest|shortest|minimum|minimal|least|fewest)\b",
    ),
    "side": Poles(r"\bleft\b", r"\bright\b"),
    "height": Poles(r"\b(?:top|upper|upwards?|up)\b", r"\b(?:bottom|lower|downwards?|down)\b"),
    "change": Poles(
        r"\b(?:increas(?:es?|ed|ing)|rais(?:es?|ed|ing)|ris(?:es?|ing)|rose|grow(?:s|n|ing)?|grew)\b",
        r"\b(?:decreas(?:es?|ed|ing)|reduc(?:es?|ed|ing)|lower(?:s|ed|ing)|falls?|fell|drop(?:s|ped)?|shrinks?|shrank)\b",
    ),
    "opening": Poles(r"\bopen(?:s|ed|ing)?\b", r"\bclos(?:es?|ed|ing)\b|\bshut\b"),
    "adding": Poles(
        r"\badd(?:s|ed|ing)?\b|\binsert(?:s|ed|ing)?\b", r"\bremov(?:es?|ed|ing)\b|\bdelet(?:es?|ed|ing)\b"
    ),
    "inclusion": Poles(r"\binclud(?:es?|ed|ing)\b", r"\bexclud(?:es?|ed|ing)\b|\bleav(?:es?|ing)\sout\b"),
    "sorting": Poles(r"\bascending\b", r"\bdescending\b"),
    "truth": Poles(r"\btrue\b", r"\bfalse\b"),
    "start": Poles(r"\b(?:starts?|begins?|beginning|began|started)\b", r"\b(?:ends?|ended|finish(?:es|ed)?)\b"),
    "lock": Poles(r"\block(?:s|ed|ing)?\b", r"\bunlock(?:s|ed|ing)?\b"),
    "ability": Poles(r"\benabl(?:es?|ed|ing)\b", r"\bdisabl(?:es?|ed|ing)\b"),
    "stance": Poles(r"\bin\sfavou?r\b|\bsupport(?:s|ed)\b", r"\bagainst\b|\boppos(?:es?|ed)\b"),
    "temperature": Poles(r"\b(?:hot|hotter|warm|warmer)\b", r"\b(?:cold|colder|cool|cooler)\b"),
    "speed": Poles(r"\b(?:fast|faster|quick|quicker)\b", r"\b(?:slow|slower)\b"),
    "moisture": Poles(r"\b(?:dry|dried)\b", r"\b(?:wet|damp|moist)\b"),
    "fullness": Poles(r"\bfull\b", r"\bempty\b"),
    "passing": Poles(
        r"\b(?:accept(?:s|ed)?|approv(?:es?|ed)|grant(?:s|ed)?|upheld|upholds?)\b",
        r"\b(?:reject(?:s|ed)?|refus(?:es?|ed)|dismiss(?:es|ed)?)\b",
    ),
}
