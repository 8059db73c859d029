"""`pipeline doctor --leaks MODEL`: prints whether a token affects a model's states at earlier positions or in other
documents."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from pipeline.errors import TrainingError, needing_extra

_STYLES = {"isolated": "green", "leaks": "red", "vacuous": "yellow"}


def run_leaks(reference: str) -> None:
    """Replace a token in each test of a model, and print which hidden states changed.

    Raises:
        InputError: the reference does not lead to a causal language model.
        MissingExtraError: a package of the extra `train` is not installed.
        TrainingError: a combination of pattern and kernel that training uses leaks, or its test proves nothing because
            too few hidden states changed.
    """
    with needing_extra("train", what="The leak test"):
        from pipeline.leaks import LeakVerdict, leak_results
    console = Console()
    with console.status(f"replacing tokens in {reference}"):
        results = list(leak_results(reference))
    table = Table("pattern", "kernel", "packed", "moved before", "moved elsewhere", "moved in reach", "verdict")
    table.title, table.title_justify = "One token replaced; changes as a share of the largest hidden state", "left"
    for result in results:
        kind = result.verdict.value
        table.add_row(
            result.pattern,
            result.kernel,
            f"{result.num_documents} documents" if result.num_documents > 1 else "no",
            f"{result.change_before:.2g}",
            f"{result.change_elsewhere:.2g}",
            f"{result.num_moved} of {result.num_in_reach}",
            f"[{_STYLES[kind]}]{kind}[/]" if result.used else f"{kind} (not used by finetune)",
        )
    console.print(table)
    failed = [result for result in results if result.used and result.verdict is not LeakVerdict.ISOLATED]
    if failed:
        named = ", ".join(sorted({f"{result.pattern} by {result.kernel} ({result.verdict})" for result in failed}))
        raise TrainingError(
            f"The leak test of '{reference}' fails: {named}.",
            remedy="Do not train this model that way. Please report this with the versions of torch and transformers.",
        )
