from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from pipeline.report.build_corpus import corpus_charts, token_ledger
from pipeline.report.build_summary import CorpusCell

CELLS = (
    CorpusCell(1024, "legal", "en", 3, 2_100),
    CorpusCell(1024, "legal", "ko", 1, 900),
    CorpusCell(8192, "code", "en", 2, 15_000),
)
COUNTERS = {
    "tokens_of/in": 1000,
    "tokens_of/whole": 400,
    "tokens_of/split": 300,
    "tokens_of/joined": 200,
    "tokens_of/rejected/too_short_tokens": 60,
    "tokens_of/rejected/cap": 40,
    "tokens_of_headings": 12,
    "repeated_tokens": 7,
    "documents/whole": 4,
    "documents/split": 1,
    "documents/joined": 5,
    "rejected/too_short_tokens": 2,
    "rejected/cap": 1,
    "dead/ValueError": 1,
}


def manifest(counters: Mapping[str, int] = COUNTERS, *, num_in: int = 14) -> dict[str, Any]:
    return {"stages": {"pack": {"num_in": num_in, "num_dead": 1, "counters": dict(counters)}}}


def test_corpus_charts_draw_every_cell_to_scale() -> None:
    charts = corpus_charts(CELLS)
    assert charts is not None
    assert [entry.label for entry in charts.legend] == ["legal, English", "legal, Korean", "code, English"]
    drawing = ElementTree.fromstring(charts.tokens)
    columns = [rect for rect in drawing.iter("rect") if "column" in rect.attrib["class"]]
    assert [rect.findtext("title") for rect in columns] == [
        "legal, English: 2,100",
        "legal, Korean: 900",
        "code, English: 15,000",
    ]
    heights = [float(rect.attrib["height"]) for rect in columns]
    assert abs(heights[0] / heights[1] - 2100 / 900) < 0.01
    assert abs(heights[2] / heights[1] - 15000 / 900) < 0.1
    assert abs(float(columns[0].attrib["y"]) - float(columns[1].attrib["y"]) - heights[1]) < 0.11, "stacked"
    shown = [text.text for text in drawing.iter("text")]
    assert {"3k", "15k", "1k", "8k"} <= set(shown)
    assert "1k: 3,000, 8k: 15,000" in (drawing.findtext("desc") or "")
    assert "1k: 4, 8k: 2" in charts.contexts


def test_corpus_charts_of_an_empty_corpus_are_none() -> None:
    assert corpus_charts(()) is None


def test_token_ledger_lists_every_place_and_adds_up() -> None:
    ledger = token_ledger(manifest())
    assert ledger is not None
    assert ledger.adds_up
    assert [(line.label, line.num_documents, line.num_tokens) for line in ledger.lines] == [
        ("Kept whole", 4, 400),
        ("Kept in parts", 1, 300),
        ("Kept joined with related documents", 5, 200),
        ("Rejected: cap", 1, 40),
        ("Rejected: too short tokens", 2, 60),
        ("Dead letters, before tokenization", 1, 0),
    ]
    assert sum(line.share for line in ledger.lines) == 1.0
    assert (ledger.num_heading_tokens, ledger.num_repeated_tokens) == (12, 7)


def test_token_ledger_that_does_not_add_up_says_so() -> None:
    missing = token_ledger(manifest(COUNTERS | {"tokens_of/whole": 399}))
    lost = token_ledger(manifest(num_in=15))
    assert missing is not None and not missing.adds_up
    assert lost is not None and not lost.adds_up


def test_token_ledger_before_packing_is_none() -> None:
    assert token_ledger({"stages": {}}) is None
