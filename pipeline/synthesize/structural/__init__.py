"""Exact questions and answers from a parsed document, without a model; call `candidates.structural_candidates`.

    Context ── Reading ──┬── tasks (`synthesize/tasks/`, one file each) ── Findings
                         └── provisions, references, manual, code, tables: computed once, shared by the tasks

    Findings ── choose ── phrasing ── candidates ── Candidate | Rejection

A task takes a `Reading` and returns `facts.Findings`. Tasks do not depend on each other.
"""
