"""The Markdown table of two computations of an evaluation's cells."""

from __future__ import annotations

from independent_answers import MODEL, TwoComputations

_PAGE = """# Evaluation, computed twice

Two short lengths of every answer task, few questions a cell; {model} in float32 on a CPU, torch {torch}, transformers
{transformers}. *Evaluation* is what `pipeline evaluate` writes to `evaluation.json`. *Plain* is the mean of the scores
of the answers that `model.generate(do_sample=False)` of transformers gives, one prompt at a time, rendered by the
tokenizer's own chat template, and scored by the definitions in `tests/evaluate/plain_scores.py`. Both get the same
prompts.

{num_equal} of {num_answers} answers are the same text in both. {num_cells_equal} of {num_cells} values are the same,
with their n and their numbers of documents.

{zeros} A test compares
the scores of right and partly right made-up answers for every task as well.

Remade by: `EVALUATION_INDEPENDENT=benchmarks/results/evaluation-independent.md pytest
tests/evaluate/test_independent_answers.py`

| task | variant | length | score | n | evaluation | plain |
| --- | --- | ---: | --- | ---: | ---: | ---: |
{rows}
"""


def table_of(twice: TwoComputations) -> str:
    """A page with every cell of both computations, and the cells whose main score is 0."""
    ours, plain = twice.cells(), twice.plain_cells()
    places = sorted({*ours, *plain}, key=lambda place: (place[0], place[2], place[1], place[3]))
    rows = []
    for place in places:
        task, variant, length, measure = place
        first, second = ours.get(place), plain.get(place)
        n = first.n if first else "–"
        shown = [f"{cell.value:.4f}" if cell else "–" for cell in (first, second)]
        rows.append(f"| {task} | {variant} | {length:,} | {measure} | {n} | {shown[0]} | {shown[1]} |")
    zeros = [
        f"`{task}` {row['variant']} {row['length']:,}"
        for task, section in twice.evaluation["tasks"].items()
        for row in section["cells"]
        if row["scores"][section["measure"]]["value"] == 0.0
    ]
    return _PAGE.format(
        torch=twice.evaluation["versions"]["torch"],
        transformers=twice.evaluation["versions"]["transformers"],
        model=f"`{MODEL.removeprefix('embedded:')}`",
        num_answers=len(twice.plain),
        num_equal=sum(twice.stored.get(key) == answer for key, answer in twice.plain.items()),
        num_cells=len(places),
        num_cells_equal=sum(ours.get(place) == plain.get(place) for place in places),
        zeros=f"Cells whose main score is 0 in both: {', '.join(zeros)}." if zeros else "No main score is 0.",
        rows="\n".join(rows),
    )
