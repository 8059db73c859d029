"""The command line: one function a command, and the boundary where errors become exit codes.

Exit codes: 0 done, 1 the run failed, 2 the user's input is wrong, 130 interrupted and resumable. Heavy libraries are
imported inside the commands, so `pipeline --help` answers at once.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from pipeline.cli import beam_arguments
from pipeline.config.start import Start
from pipeline.errors import PipelineError

INTERRUPTED = 130

app = typer.Typer(
    name="pipeline",
    help="Long documents into verified long-context instruction data, and a model into a long-context one with it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
schemas_app = typer.Typer(help="JSON Schemas of recipes and records.", no_args_is_help=True)
app.add_typer(schemas_app, name="schemas")

RecipeArgument = Annotated[
    str | None, typer.Argument(help="YAML file or name of a bundled recipe.", show_default="quickstart")
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a recipe key; repeatable.")
]
FreshOption = Annotated[
    bool, typer.Option("--fresh", help="Remove what an earlier run left in the output folder, and start over.")
]


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; every deliberate error is printed in one sentence and its remedy."""
    _set_up_logging()
    try:
        own, beam = beam_arguments.split(arguments)
        app(own, standalone_mode=True, obj=beam)
    except PipelineError as error:
        console = Console(stderr=True, soft_wrap=True, highlight=False)
        console.print("[bold red]error:[/] ", end="")
        console.print(error.message, markup=False)
        if error.remedy:
            console.print(error.remedy, markup=False)
        return error.exit_code
    except KeyboardInterrupt:
        Console(stderr=True).print("Interrupted. Run the same command again to go on.")
        return INTERRUPTED
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    return 0


@app.command("build-sft")
def build_sft(
    context: typer.Context,
    recipe: RecipeArgument = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="PATH", help="Read this instead of the recipe's inputs; repeatable."),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", metavar="DIR", help="Build folder.", show_default="OUT/build")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Stop after this many documents.")] = None,
    overrides: SetOption = None,
    fresh: FreshOption = False,
) -> None:
    """Documents in, verified instruction rows out. Beam's own options go after [bold]--[/]."""
    from pipeline.cli.build_command import run_build

    run_build(
        recipe,
        inputs=inputs or [],
        output=output,
        limit=limit,
        overrides=overrides or [],
        start=_start(fresh),
        beam_options=context.obj or [],
    )


@app.command("finetune")
def finetune(
    recipe: RecipeArgument = None,
    data: Annotated[
        str | None, typer.Option("--data", metavar="DIR", help="Build folder.", show_default="OUT/build")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="REF", help="Base model; the recipe's otherwise.")
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", metavar="DIR", help="Model folder.", show_default="OUT/model")
    ] = None,
    overrides: SetOption = None,
    fresh: FreshOption = False,
) -> None:
    """Train a RoPE-scaled model on a build's rows and leave it ready to serve."""
    from pipeline.cli.finetune_command import run_finetune

    run_finetune(recipe, data=data, model=model, output=output, overrides=overrides or [], start=_start(fresh))


@app.command("evaluate")
def evaluate(
    recipe: RecipeArgument = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="REF", help="Model to evaluate.", show_default="OUT/model")
    ] = None,
    data: Annotated[
        str | None, typer.Option("--data", metavar="DIR", help="Build folder.", show_default="OUT/build")
    ] = None,
    tasks: Annotated[
        list[str] | None,
        typer.Option("--task", metavar="NAME", help="perplexity or passkey; repeatable.", show_default="both"),
    ] = None,
    lengths: Annotated[
        list[int] | None,
        typer.Option(
            "--length", metavar="TOKENS", min=64, help="Context length; repeatable.", show_default="the recipe's"
        ),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", metavar="DIR", help="Evaluation folder.", show_default="OUT/evaluation")
    ] = None,
    overrides: SetOption = None,
    fresh: FreshOption = False,
) -> None:
    """Measure the longer context: the tuned model beside its base."""
    from pipeline.cli.evaluate_command import run_evaluation

    run_evaluation(
        recipe,
        model=model,
        data=data,
        tasks=tasks or [],
        lengths=lengths or [],
        output=output,
        overrides=overrides or [],
        start=_start(fresh),
    )


@app.command("inspect")
def inspect(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A build, model or evaluation folder.")],
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the report in a browser.")] = True,
) -> None:
    """Write the report of a folder anew and open it."""
    from pipeline.cli.inspect_command import run_inspect

    run_inspect(folder, browser=browser)


@app.command("doctor")
def doctor() -> None:
    """What this machine can run, and what to install for the rest."""
    from pipeline.cli.doctor_command import run_doctor

    run_doctor()


@schemas_app.command("export")
def schemas_export(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Where to write them.")] = "schemas",
) -> None:
    """Write the JSON Schemas."""
    from pipeline.cli.schemas_command import export_schemas

    export_schemas(folder)


@schemas_app.command("check")
def schemas_check(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Where they are.")] = "schemas",
) -> None:
    """Compare the JSON Schemas with the code; exit 2 when they differ."""
    from pipeline.cli.schemas_command import check_schemas

    check_schemas(folder)


def _start(fresh: bool) -> Start:
    return Start.FRESH if fresh else Start.RESUME


def _set_up_logging() -> None:
    # Libraries log what only their developers want to know; ours is shown from warnings on, or as LONGDOC_LOG says.
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    # Beam logs the traceback of every error that `run` prints in one sentence.
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    logging.getLogger("pipeline").setLevel(os.environ.get("LONGDOC_LOG", "WARNING").upper())
