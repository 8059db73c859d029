"""The control words of RTF that the reader knows, by what they do."""

from __future__ import annotations

SKIPPED = frozenset(
    """aftncn aftnsep aftnsepc atndate atnid atnparent atnref atntime atrfend atrfstart background bkmkend bkmkstart
    blipuid colortbl colorschememapping datafield datastore docvar falt filetbl fldinst fname formfield ftncn ftnsep
    ftnsepc generator info latentstyles listlevel listname listoverridetable listtable mmathPr nextfile nonesttables
    nonshppict objalias objclass objdata objname objsect oldcprops oldpprops oldsprops oldtprops operator panose pict
    pn pnseclvl private protusertbl revtbl rsidtbl rxe shprslt sp tc tcn template themedata txe userprops
    wgrffmtfilter xe xmlattr xmlattrname xmlattrvalue xmlnstbl""".split()  # noqa: SIM905
)
"""Groups that are not text."""
STORIES = frozenset({"footnote", "annotation", "shptxt", "dptxbxtext"})
MARGINS = frozenset("header headerl headerr headerf footer footerl footerr footerf".split())  # noqa: SIM905
CAPTURED = frozenset({"listtext", "pntext", "atnauthor"})
KNOWN = frozenset({"shpinst", "nesttableprops", "fldrslt", "ud", "do"})
"""Groups that are read even if the file lets programs ignore them (`\\*`)."""
TEXTS = {
    "tab": "\t",
    "line": "\n",
    "column": "\n",
    "lbr": "\n",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "emspace": "\u2003",
    "enspace": "\u2002",
    "qmspace": "\u2005",
}
SIGNS = {"~": "\u00a0", "_": "-", "{": "{", "}": "}", "\\": "\\", "\t": "\t"}
CHARACTER = frozenset("f uc v revised deleted mvt mvf super sub nosupersub plain ansicpg mac pc pca".split())  # noqa: SIM905
TABLE = frozenset("trowd cell nestcell row nestrow cellx trleft clmrg clvmrg".split())  # noqa: SIM905
SECTION_BREAKS = frozenset({"sbknone", "sbkcol", "sbkpage", "sbkeven", "sbkodd"})
PARAGRAPH = SECTION_BREAKS | frozenset(
    "par pard s outlinelevel ilvl intbl itap page pagebb sectd sect ftnalt ud upr".split()  # noqa: SIM905
)
