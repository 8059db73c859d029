"""Questions read off a parsed document, with exact answers and no model: `candidates.structural_candidates`.

    Context ── Reading ──┬── tasks (`synthesize/tasks/`, one file each) ── Findings
                         └── provisions, references, manual, code, tables: computed once, shared by the tasks

    Findings ── choose ── phrasing ── candidates ── Candidate | Rejection

A task takes a `Reading` and returns `facts.Findings`; no task knows another.
"""
