"""`pipeline preview`: asks the recipe's teacher about a few documents, and prints what came of it."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from pipeline.cli.options import RecipeChoice
from pipeline.config.recipe import Recipe
from pipeline.domains import domain_names
from pipeline.errors import InputError
from pipeline.io.files import join
from pipeline.preview import PreviewResult, preview_recipe
from pipeline.report.page import format_plural
from pipeline.report.previewed import Preview, build_sentence, format_costs, preview_lines


def run_preview(choice: RecipeChoice, *, documents: int, domain: str | None, output: str | None) -> None:
    """Preview a recipe, show the progress and print a summary.

    Args:
        choice: the recipe.
        documents: the maximum number of documents.
        domain: the domain that they must have; None for any.
        output: the folder to write, perhaps that of the coming build.

    Raises:
        InputError: the domain is unknown.
        UnansweredError: requests have no answer.
    """
    if domain is not None and domain not in domain_names():
        raise InputError(
            f"--domain {domain}: there is no such domain.", remedy=f"Name one of: {', '.join(domain_names())}."
        )
    recipe = choice.load()
    console = Console()
    with console.status("reading documents") as status:
        result = preview_recipe(
            recipe,
            output=output or join(recipe.output_folder, "preview"),
            num_documents=documents,
            domain=domain or "",
            show=status.update,
        )
    _print(console, recipe, result)
    if result.error is not None:
        raise result.error


def _print(console: Console, recipe: Recipe, result: PreviewResult) -> None:
    preview = result.preview
    if preview.exchanges:
        console.print(_table(preview))
    for line in _notes(preview):
        console.print(line, soft_wrap=True, highlight=False)
    console.print(f"{'page:':<9} {result.page}", soft_wrap=True, highlight=False)
    if preview.exchanges:
        console.print(f"{'requests:':<9} {result.lines}", soft_wrap=True, highlight=False)


def _table(preview: Preview) -> Table:
    table = Table(
        *("round", "task", "asked", "kept", "rejected", "failed", "in", "out"),
        title=f"Requests about {format_plural(len(preview.documents), 'document')}, and tokens in and out",
        title_justify="left",
    )
    table.columns[1].no_wrap = True
    for column in table.columns[2:]:
        column.justify = "right"
    for line in preview_lines(preview):
        numbers = (line.asked, line.kept, line.rejected, line.failed, line.prompt_tokens, line.answer_tokens)
        table.add_row(line.round, line.task, *(f"{number:,}" for number in numbers))
    return table


def _notes(preview: Preview) -> list[str]:
    notes = []
    for line in preview_lines(preview):
        if line.reasons:
            reasons = ", ".join(f"{reason} {count}" for reason, count in line.reasons.items())
            notes.append(f"{line.round}, {line.task}, not kept: {reasons}.")
    num_structural = sum(len(document.structural) for document in preview.documents)
    num_written = sum(len(document.written) for document in preview.documents)
    notes.append(
        f"{format_plural(num_written, 'written row')} and {format_plural(num_structural, 'structural question')} from "
        f"{format_plural(len(preview.documents), 'document')}."
    )
    answered = [exchange.reply for exchange in preview.exchanges]
    num_prompt = sum(reply.num_prompt_tokens for reply in answered)
    if num_written and num_prompt:
        num_answer = sum(reply.num_answer_tokens for reply in answered)
        num_cached = sum(reply.num_cached_tokens for reply in answered)
        notes.append(
            f"For each written row: {num_prompt / num_written:,.0f} prompt tokens, of which "
            f"{num_cached / num_written:,.0f} came from the prefix cache, and {num_answer / num_written:,.0f} answer "
            "tokens."
        )
    if preview.costs:
        notes.append(f"The replies cost {format_costs(preview.costs)}, with those from the cache.")
    if preview.exchanges:
        notes.append(build_sentence(preview))
    return notes
