"""Questions read off a parsed document, with exact answers and no model: `candidates.structural_candidates`.

    text ── layout ── provisions ──┬─ clauses, definitions, parties, amounts, deadlines, references
                      headings ────┼─ steps, tables                                             ──┐
                                   └─ speakers, signatures, callers                               ├─ Findings
                                                                                                  │
    Findings ── choose ── phrasing ── candidates ── Candidate | Rejection ────────────────────────┘

Every parser takes text and returns `facts.Findings`; none of them knows another task.
"""
