"""The command line: one function per command, and the boundary where errors become exit codes.

Exit codes: 0 done, 1 the run failed, 2 the user's input is wrong, 130 interrupted and resumable (143 by SIGTERM). Heavy
libraries are imported inside the commands, so `pipeline --help` answers at once.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from pipeline.cli import beam_arguments
from pipeline.config.start import Start
from pipeline.errors import DiskFullError, InputError, PipelineError, RunError
from pipeline.interrupt import GO_ON, exit_code_of, interrupts_end_the_command
from pipeline.train.machine.torchrun import launched_process

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class _InterruptedError(Exception):
    """Carries an interrupt through typer, which since 0.29 silently swallows `KeyboardInterrupt`."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class _Commands(TyperGroup):
    def invoke(self, ctx: Any) -> Any:  # Any: typer contains its own copy of click
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as interrupt:
            raise _InterruptedError(exit_code_of(interrupt)) from interrupt


app = typer.Typer(
    cls=_Commands,
    name="pipeline",
    help="Turn long documents into verified long-context instruction data, and train a long-context model on it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
schemas_app = typer.Typer(help="JSON Schemas of recipes and records.", no_args_is_help=True)
app.add_typer(schemas_app, name="schemas")
rope_app = typer.Typer(help="What a RoPE scaling does to each frequency; LongRoPE's search.", no_args_is_help=True)
app.add_typer(rope_app, name="rope")

RecipeArgument = Annotated[
    str | None, typer.Argument(help="YAML file or name of a bundled recipe.", show_default="quickstart")
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a recipe key; repeatable.")
]
WithOption = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="FILE", help="Override recipe keys with a YAML file, before --set; repeatable."),
]
RecipeOption = Annotated[
    str | None,
    typer.Option(
        "--recipe", metavar="RECIPE", help="YAML file or name of a bundled recipe.", show_default="quickstart"
    ),
]
DataOption = Annotated[
    str | None, typer.Option("--data", metavar="DIR", help="Build folder.", show_default="OUT/build")
]
BaseModelOption = Annotated[
    str | None, typer.Option("--model", metavar="REF", help="Base model instead of the recipe's.")
]
FreshOption = Annotated[
    bool, typer.Option("--fresh", help="Remove what an earlier run left in the output folder, and start over.")
]


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Every deliberate error is printed as one sentence and its remedy."""
    _set_up_logging()
    try:
        with interrupts_end_the_command():
            own, beam = beam_arguments.split(arguments)
            app(own, standalone_mode=True, obj=beam)
    except PipelineError as error:
        return _tell(error)
    except MemoryError:
        return _tell(RunError("There is not enough memory.", remedy="Use a machine with more memory, or less data."))
    except OSError as error:
        if error.errno not in _NO_SPACE:
            raise
        return _tell(_disk_full(error))
    except _InterruptedError as interrupt:
        return _interrupted(interrupt.exit_code)
    except KeyboardInterrupt as interrupt:
        return _interrupted(exit_code_of(interrupt))
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
    fragments: WithOption = None,
    overrides: SetOption = None,
    fresh: FreshOption = False,
) -> None:
    """Build verified instruction rows from documents. Beam's own options go after [bold]--[/]."""
    from pipeline.cli.build_command import run_build

    run_build(
        recipe,
        inputs=inputs or [],
        output=output,
        limit=limit,
        fragments=fragments or [],
        overrides=overrides or [],
        start=_start(fresh),
        beam_options=context.obj or [],
    )


@app.command("finetune")
def finetune(
    recipe: RecipeArgument = None,
    data: DataOption = None,
    model: BaseModelOption = None,
    output: Annotated[
        str | None, typer.Option("--output", metavar="DIR", help="Model folder.", show_default="OUT/model")
    ] = None,
    fragments: WithOption = None,
    overrides: SetOption = None,
    fresh: FreshOption = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Predict peak memory and the longest pack that fits; train nothing.")
    ] = False,
    memory_gib: Annotated[
        float | None,
        typer.Option(
            "--memory-gib", min=0.1, help="With --plan: memory of a GPU to plan for.", show_default="this machine"
        ),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option("--processes", min=1, help="With --plan: processes that train together.", show_default="1"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="With --plan: print JSON.")] = False,
) -> None:
    """Train a RoPE-scaled model on a build's rows; the result is ready to serve."""
    if plan:
        from pipeline.cli.plan_command import PlanFormat, run_plan

        run_plan(
            recipe,
            model=model,
            memory_gib=memory_gib,
            fragments=fragments or [],
            processes=processes,
            overrides=overrides or [],
            format_=PlanFormat.JSON if as_json else PlanFormat.TABLE,
        )
        return
    if memory_gib is not None or processes is not None or as_json:
        raise InputError("--memory-gib, --processes and --json belong to --plan.", remedy="Add --plan.")
    from pipeline.cli.finetune_command import run_finetune

    run_finetune(
        recipe,
        data=data,
        model=model,
        output=output,
        fragments=fragments or [],
        overrides=overrides or [],
        start=_start(fresh),
    )


@app.command("evaluate")
def evaluate(
    recipe: RecipeArgument = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="REF", help="Model to evaluate.", show_default="OUT/model")
    ] = None,
    data: DataOption = None,
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
    fragments: WithOption = None,
    overrides: SetOption = None,
    fresh: FreshOption = False,
) -> None:
    """Measure the longer context: compare the tuned model with its base."""
    from pipeline.cli.evaluate_command import run_evaluation

    run_evaluation(
        recipe,
        model=model,
        data=data,
        tasks=tasks or [],
        lengths=lengths or [],
        output=output,
        fragments=fragments or [],
        overrides=overrides or [],
        start=_start(fresh),
    )


@app.command("export-megatron")
def export_megatron(
    recipe: RecipeArgument = None,
    data: DataOption = None,
    model: BaseModelOption = None,
    output: Annotated[
        str | None, typer.Option("--output", metavar="DIR", help="Where to write it.", show_default="OUT/megatron")
    ] = None,
    fragments: WithOption = None,
    overrides: SetOption = None,
) -> None:
    """Export a build and a recipe to Megatron-LM: indexed data and arguments, for 3D-parallel runs."""
    from pipeline.cli.megatron_command import run_export_megatron

    run_export_megatron(
        recipe, data=data, model=model, output=output, fragments=fragments or [], overrides=overrides or []
    )


@app.command("verify")
def verify(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Folder of a build, a model or an evaluation.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object with every problem.")] = False,
) -> None:
    """Check a folder against its records: counts, ids, spans, splits, packs, sizes, hashes. Exit code 1 on problems."""
    from pipeline.cli.verify_command import run_verify

    if not run_verify(folder, as_json=as_json):
        raise typer.Exit(1)


@app.command("inspect")
def inspect(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A build, model or evaluation folder.")],
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the report in a browser.")] = True,
) -> None:
    """Write the report of a folder again and open it."""
    from pipeline.cli.inspect_command import run_inspect

    run_inspect(folder, browser=browser)


@app.command("doctor")
def doctor(
    leaks: Annotated[
        str | None,
        typer.Option(
            "--leaks", metavar="MODEL", help="Test instead whether tokens leak backwards or across documents."
        ),
    ] = None,
) -> None:
    """Show what this machine can run, and what to install for the rest."""
    if leaks is not None:
        from pipeline.cli.leaks_command import run_leaks

        run_leaks(leaks)
        return
    from pipeline.cli.doctor_command import run_doctor

    run_doctor()


@rope_app.command("show")
def rope_show(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Folder, hub name or embedded:…")],
    methods: Annotated[
        list[str] | None,
        typer.Option("--method", metavar="NAME", help="A method to show; repeatable.", show_default="all"),
    ] = None,
    factor: Annotated[float, typer.Option("--factor", min=1.0, help="New length ÷ original length.")] = 4.0,
    fragment: Annotated[
        str | None, typer.Option("--fragment", metavar="FILE", help="The rope.yaml of a search, to show as well.")
    ] = None,
    recipe: RecipeOption = None,
    fragments: WithOption = None,
    overrides: SetOption = None,
    output: Annotated[str | None, typer.Option("--output", metavar="DIR", help="Write an HTML page there.")] = None,
) -> None:
    """Show what each method does to each rotary frequency."""
    from pipeline.cli.rope_command import show_rope

    show_rope(
        model,
        methods=methods or [],
        factor=factor,
        fragment=fragment,
        recipe_reference=recipe,
        fragments=fragments or [],
        overrides=overrides or [],
        output=output,
    )


@rope_app.command("search")
def rope_search(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Folder, hub name or embedded:…")],
    factor: Annotated[float, typer.Option("--factor", min=1.0, help="New length ÷ original length.")],
    data: Annotated[
        list[str],
        typer.Option("--data", metavar="PATH", help="Build folder, text file or folder of text files; repeatable."),
    ],
    recipe: RecipeOption = None,
    fragments: WithOption = None,
    overrides: SetOption = None,
    output: Annotated[str, typer.Option("--output", metavar="DIR", help="Search folder.")] = "out/rope-search",
) -> None:
    """Search LongRoPE factors by perplexity; after a stop, the same command resumes."""
    from pipeline.cli.rope_command import search_rope_factors

    search_rope_factors(
        model,
        factor=factor,
        data=data,
        recipe_reference=recipe,
        fragments=fragments or [],
        overrides=overrides or [],
        output=output,
    )


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
    """Compare the JSON Schemas with the code; exit code 2 if they differ."""
    from pipeline.cli.schemas_command import check_schemas

    check_schemas(folder)


def _tell(error: PipelineError) -> int:
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(f"{_speaker()}[bold red]error:[/] ", end="")
    console.print(error.message, markup=False)
    if error.remedy:
        console.print(error.remedy, markup=False)
    return error.exit_code


def _interrupted(exit_code: int) -> int:
    if not _speaker():
        Console(stderr=True, soft_wrap=True).print(GO_ON)
    return exit_code


def _disk_full(error: OSError) -> DiskFullError:
    return DiskFullError(
        f"There is no space left to write {error.filename or 'a file'}: {error.strerror}.",
        remedy="Free some space, then run the same command again to go on.",
    )


def _speaker() -> str:
    """Return a prefix that names the process, if torchrun started several and this is not the first."""
    process = launched_process(os.environ)
    return "" if process.is_first else f"process {process.rank}: "


def _start(fresh: bool) -> Start:
    return Start.FRESH if fresh else Start.RESUME


def _set_up_logging() -> None:
    # Libraries log details for their own developers. Ours are shown from WARNING on, or from the level in LONGDOC_LOG.
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    # Beam logs a traceback for every error that `run` prints in one sentence.
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    logging.getLogger("pipeline").setLevel(os.environ.get("LONGDOC_LOG", "WARNING").upper())
