"""The decontamination section: counts from the manifest, findings from the tables."""

from __future__ import annotations

from pathlib import Path

from pipeline.io.layout import BuildFolder
from pipeline.io.parts import write_part
from pipeline.report.decontamination_section import (
    ContaminationSummary,
    decontamination_section,
    summarise_contamination,
)
from pipeline.stages.contamination import Contamination, Fate


def finding(doc_id: str, item_id: str, share: float, fate: Fate) -> Contamination:
    return Contamination(doc_id, f"in/{doc_id}", 0, "exam", item_id, "question", share, 3, 9, "an excerpt", fate)


def test_findings_are_counted_and_the_gravest_come_first(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    rows = [
        finding("a", "1", 0.9, Fate.KEPT),
        finding("b", "1", 0.6, Fate.DROPPED),
        finding("b", "2", 0.8, Fate.DROPPED),
        *(finding(f"c{number}", "3", 0.7, Fate.CUT) for number in range(40)),
    ]
    write_part(folder.contamination_part("00000"), rows, Contamination)
    summary = summarise_contamination(folder)
    assert summary.num_findings == 43 and summary.num_documents == 42
    assert summary.num_found_items == {"exam": 3}
    assert [(one.doc_id, one.item_id) for one in summary.worst[:3]] == [("b", "2"), ("b", "1"), ("c0", "3")]
    assert len(summary.worst) == 30


def test_section_has_a_line_for_each_set() -> None:
    counters = {
        "items/exam": 5,
        "items/passkey": 2,
        "untestable_items/exam": 1,
        "unread_records/exam/no_text": 2,
        "unread_records/exam/invalid_json": 1,
        "documents/exam/dropped": 4,
        "documents/exam/kept": 3,
        "ngrams": 70,
        "common_ngrams/documents": 6,
    }
    manifest = {"stages": {"decontaminate": {"counters": counters}}}
    section = decontamination_section(manifest, ContaminationSummary(num_found_items={"exam": 2}))
    assert section is not None
    exam, passkey = section.lines
    assert (exam.num_items, exam.num_untestable, exam.num_unread, exam.num_found) == (5, 1, 3, 2)
    assert (exam.num_dropped, exam.num_cut, exam.num_kept) == (4, 0, 3)
    assert (passkey.name, passkey.num_items, passkey.num_found) == ("passkey", 2, 0)
    assert (section.num_ngrams, section.num_common_in_items, section.num_common_in_documents) == (70, 0, 6)
    assert decontamination_section({"stages": {}}, ContaminationSummary()) is None
