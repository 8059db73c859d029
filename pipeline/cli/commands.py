"""The commands and their options, one function per command.

Used by `cli.app`, which runs them. Heavy libraries are imported inside the commands, so `pipeline --help` answers at
once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pipeline.cli.options import (
    BaseModelOption,
    DataOption,
    FreshOption,
    RecipeArgument,
    RecipeOption,
    SetOption,
    WithOption,
    recipe_choice,
    start_mode,
)
from pipeline.errors import InputError
from pipeline.interrupt import exit_code_of


class InterruptedCommandError(Exception):
    """Carries an interrupt through typer, which swallows `KeyboardInterrupt` silently since version 0.29."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class _Commands(TyperGroup):
    def invoke(self, ctx: Any) -> Any:  # Any: typer contains its own copy of click
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as interrupt:
            raise InterruptedCommandError(exit_code_of(interrupt)) from interrupt


app = typer.Typer(
    cls=_Commands,
    name="pipeline",
    help="Turn long documents into verified long-context instruction data, and train a long-context model on it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
schemas_app = typer.Typer(help="JSON Schemas for recipes and records.", no_args_is_help=True)
app.add_typer(schemas_app, name="schemas")
rope_app = typer.Typer(
    help="Show what a RoPE scaling does to each frequency, or run LongRoPE's search.", no_args_is_help=True
)
app.add_typer(rope_app, name="rope")


@app.command("build-sft")
def build_sft(
    context: typer.Context,
    recipe: RecipeArgument = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="PATH", help="Input to read instead of the recipe's inputs; repeatable."),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", metavar="DIR", help="Build folder.", show_default="OUT/build")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Stop after this many documents.")] = None,
    fragments: WithOption = None,
    overrides: SetOption = None,
    fresh: FreshOption = False,
    max_requests: Annotated[
        int | None,
        typer.Option("--max-requests", min=1, help="Stop after this many teacher requests; the same command goes on."),
    ] = None,
    max_cost: Annotated[
        float | None,
        typer.Option("--max-cost", min=0, help="Stop before the teachers cost more, at the recipe's prices."),
    ] = None,
    plan: Annotated[
        bool,
        typer.Option(
            "--plan",
            help="Prepare the documents, then tell what the teachers will be asked and cost, without asking. With a "
            "runner that has workers elsewhere: translate the jobs, and tell what they need, without running anything.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line for each event; with --plan, the plan.")
    ] = False,
) -> None:
    """Build verified instruction rows from documents. Options for Beam go after [bold]--[/]."""
    if plan:
        if max_requests is not None or max_cost is not None:
            raise InputError("--plan asks no teacher, so it has no limits.", remedy="Leave out one or the other.")
        from pipeline.cli.job_plan_command import has_workers_elsewhere, run_job_plan
        from pipeline.cli.plan_command import PlanFormat
        from pipeline.cli.teacher_plan_command import run_teacher_plan

        choice = recipe_choice(recipe, fragments, overrides)
        beam_options: Sequence[str] = context.obj or []
        format_ = PlanFormat.JSON if as_json else PlanFormat.TABLE
        if has_workers_elsewhere(beam_options):
            run_job_plan(
                choice, inputs=inputs or [], output=output, limit=limit, beam_options=beam_options, format_=format_
            )
            return
        run_teacher_plan(
            choice,
            inputs=inputs or [],
            output=output,
            limit=limit,
            start=start_mode(fresh=fresh),
            beam_options=beam_options,
            format_=format_,
        )
        return
    from pipeline.cli.build_command import run_build
    from pipeline.cli.events import progress_format
    from pipeline.config.limits import RunLimits

    run_build(
        recipe_choice(recipe, fragments, overrides),
        inputs=inputs or [],
        output=output,
        limit=limit,
        start=start_mode(fresh=fresh),
        beam_options=context.obj or [],
        limits=RunLimits(max_requests=max_requests, max_cost=max_cost),
        format_=progress_format(as_json=as_json),
    )


@app.command("preview")
def preview(
    recipe: RecipeArgument = None,
    documents: Annotated[int, typer.Option("--documents", metavar="N", min=1, help="Number of documents.")] = 3,
    domain: Annotated[
        str | None, typer.Option("--domain", metavar="NAME", help="Only documents of this domain.", show_default="any")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            metavar="DIR",
            help="Folder to write. In the folder of the coming build, the build finds the teacher's answers.",
            show_default="OUT/preview",
        ),
    ] = None,
    fragments: WithOption = None,
    overrides: SetOption = None,
) -> None:
    """Lead a few documents through everything: prompts, replies, verdicts, rows. To read before a build is paid for."""
    from pipeline.cli.preview_command import run_preview

    run_preview(recipe_choice(recipe, fragments, overrides), documents=documents, domain=domain, output=output)


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
        bool,
        typer.Option(
            "--plan", help="Tell steps, left-out rows, time, peak memory and the longest pack that fits; don't train."
        ),
    ] = False,
    memory_gib: Annotated[
        float | None,
        typer.Option("--memory-gib", min=0.1, help="With --plan: GPU memory to plan for.", show_default="this machine"),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(
            "--processes", min=1, help="With --plan: processes that train together.", show_default="torchrun's, or 1"
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line for each event; with --plan, the plan.")
    ] = False,
) -> None:
    """Train a RoPE-scaled model on a build's rows; the result is ready to serve."""
    if plan:
        from pipeline.cli.plan_command import PlanFormat, run_plan

        run_plan(
            recipe_choice(recipe, fragments, overrides),
            data=data,
            model=model,
            memory_gib=memory_gib,
            processes=processes,
            format_=PlanFormat.JSON if as_json else PlanFormat.TABLE,
        )
        return
    if memory_gib is not None or processes is not None:
        raise InputError("--memory-gib and --processes belong to --plan.", remedy="Add --plan.")
    from pipeline.cli.events import progress_format
    from pipeline.cli.finetune_command import run_finetune

    run_finetune(
        recipe_choice(recipe, fragments, overrides),
        data=data,
        model=model,
        output=output,
        start=start_mode(fresh=fresh),
        format_=progress_format(as_json=as_json),
    )


@app.command("evaluate")
def evaluate(
    recipe: RecipeArgument = None,
    folders: Annotated[
        list[str] | None,
        typer.Argument(metavar="[compare A B …]", help="Compare finished evaluations instead: evaluate compare A B …"),
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="REF",
            help="Model to evaluate: a folder, a hub name, vllm:REF, or a server as http://HOST/v1#MODEL; repeatable.",
            show_default="OUT/model",
        ),
    ] = None,
    data: DataOption = None,
    tasks: Annotated[
        list[str] | None,
        typer.Option("--task", metavar="NAME", help="What to measure; repeatable.", show_default="the recipe's"),
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
    plan: Annotated[
        bool, typer.Option("--plan", help="Tell the number of prompts, their tokens and the time, without asking.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line for each event; with --plan, the plan.")
    ] = False,
) -> None:
    """Measure how well models read long documents: rows, position, needles, perplexity and more.

    `pipeline evaluate compare A B …` compares the answers of finished evaluations.
    """
    if recipe == "compare":
        from pipeline.cli.compare_command import run_comparison

        run_comparison(folders or [], output=output)
        return
    if folders:
        raise InputError(
            f"evaluate does not know what to do with '{folders[0]}'.",
            remedy="Give one recipe, or: pipeline evaluate compare A B …",
        )
    choice = recipe_choice(recipe, fragments, overrides)
    if plan:
        from pipeline.cli.evaluate_command import run_evaluation_plan
        from pipeline.cli.plan_command import PlanFormat

        run_evaluation_plan(
            choice,
            models=models or [],
            data=data,
            tasks=tasks or [],
            lengths=lengths or [],
            format_=PlanFormat.JSON if as_json else PlanFormat.TABLE,
        )
        return
    from pipeline.cli.evaluate_command import run_evaluation
    from pipeline.cli.events import progress_format

    run_evaluation(
        choice,
        models=models or [],
        data=data,
        tasks=tasks or [],
        lengths=lengths or [],
        output=output,
        start=start_mode(fresh=fresh),
        format_=progress_format(as_json=as_json),
    )


@app.command("convert")
def convert(
    recipe: RecipeArgument = None,
    data: DataOption = None,
    model: BaseModelOption = None,
    run: Annotated[
        str | None, typer.Option("--run", metavar="DIR", help="Model folder of the run.", show_default="OUT/model")
    ] = None,
    step: Annotated[
        int | None, typer.Option("--step", min=1, help="Step of the checkpoint.", show_default="the newest")
    ] = None,
    adapter: Annotated[
        bool, typer.Option("--adapter", help="Write only the adapters (PEFT), with the whole config beside them.")
    ] = False,
    output: Annotated[
        str | None,
        typer.Option("--output", metavar="DIR", help="Folder to write.", show_default="OUT/checkpoint or OUT/adapter"),
    ] = None,
    fragments: WithOption = None,
    overrides: SetOption = None,
) -> None:
    """Make a model folder, or an adapter folder, from a checkpoint of a training run."""
    from pipeline.cli.convert_command import run_convert

    run_convert(
        recipe_choice(recipe, fragments, overrides),
        data=data,
        model=model,
        run=run,
        step=step,
        form="adapter" if adapter else "model",
        output=output,
    )


@app.command("push")
def push(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A model folder, or one that convert wrote.")],
    name: Annotated[str, typer.Argument(metavar="OWNER/MODEL", help="The repository on the hub.")],
    public: Annotated[bool, typer.Option("--public", help="Let everyone read a new repository.")] = False,
) -> None:
    """Upload a model folder to the Hugging Face hub, or to the one that HF_ENDPOINT names."""
    from pipeline.cli.push_command import run_push
    from pipeline.push import Visibility

    run_push(folder, name, visibility=Visibility.PUBLIC if public else Visibility.PRIVATE)


@app.command("export-megatron")
def export_megatron(
    recipe: RecipeArgument = None,
    data: DataOption = None,
    model: BaseModelOption = None,
    output: Annotated[
        str | None, typer.Option("--output", metavar="DIR", help="Export folder.", show_default="OUT/megatron")
    ] = None,
    fragments: WithOption = None,
    overrides: SetOption = None,
) -> None:
    """Export a build and a recipe to Megatron-LM: indexed data and arguments, for 3D-parallel runs."""
    from pipeline.cli.megatron_command import run_export_megatron

    run_export_megatron(recipe_choice(recipe, fragments, overrides), data=data, model=model, output=output)


@app.command("verify")
def verify(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A build, model or evaluation folder.")],
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
    """Write a folder's report again and open it."""
    from pipeline.cli.inspect_command import run_inspect

    run_inspect(folder, browser=browser)


@app.command("doctor")
def doctor(
    leaks: Annotated[
        str | None,
        typer.Option(
            "--leaks", metavar="MODEL", help="Instead, test whether tokens leak backwards or across documents."
        ),
    ] = None,
) -> None:
    """Show what this machine can run, and how to get what is missing."""
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
        str | None, typer.Option("--fragment", metavar="FILE", help="Also show the rope.yaml of a search.")
    ] = None,
    recipe: RecipeOption = None,
    fragments: WithOption = None,
    overrides: SetOption = None,
    output: Annotated[str | None, typer.Option("--output", metavar="DIR", help="Folder for an HTML page.")] = None,
) -> None:
    """Show what each method does to each rotary frequency."""
    from pipeline.cli.rope_command import show_rope

    show_rope(
        model,
        recipe_choice(recipe, fragments, overrides),
        methods=methods or [],
        factor=factor,
        fragment=fragment,
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
    """Search LongRoPE factors by perplexity. After an interrupt, the same command resumes."""
    from pipeline.cli.rope_command import search_rope_factors

    search_rope_factors(
        model,
        recipe_choice(recipe, fragments, overrides),
        factor=factor,
        data=data,
        output=output,
    )


@schemas_app.command("export")
def schemas_export(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Folder to write.")] = "schemas",
) -> None:
    """Write the JSON Schemas."""
    from pipeline.cli.schemas_command import export_schemas

    export_schemas(folder)


@schemas_app.command("check")
def schemas_check(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Folder to check.")] = "schemas",
) -> None:
    """Compare the JSON Schemas with the code; exit code 2 if they differ."""
    from pipeline.cli.schemas_command import check_schemas

    check_schemas(folder)
