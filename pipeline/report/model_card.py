"""The model card (`README.md`) of a trained folder, from its training record. Pure.

In: a `TrainingRecord`. Out: Markdown with the front matter that model hubs read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from pipeline.train.record import RopeRecord, RowCounts, TrainingRecord

_UNSCALED_METHOD = "none"
_METHODS_VLLM_IGNORES = ("dynamic",)
_TRANSFORMERS_EXAMPLE = """```python
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("PATH/TO/THIS/FOLDER")
model = AutoModelForCausalLM.from_pretrained("PATH/TO/THIS/FOLDER")
```"""


def model_card(record: TrainingRecord) -> str:
    """Write the card: what the model is, how its context was scaled, what it was trained on, how to load it."""
    return (
        "\n\n".join(
            (
                _front_matter(record),
                _introduction(record),
                _scaling_section(record),
                _data_section(record),
                _result_section(record),
                _loading_section(record),
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
    return "\n".join([*lines, "tags: [long-context, rope-scaling, lora, sft]", "---"])


def _introduction(record: TrainingRecord) -> str:
    context = f"{record.rope.max_tokens:,} tokens"
    how = "within its context of" if record.rope.method == _UNSCALED_METHOD else "to a context of"
    title = f"# {record.base_model}, fine-tuned {how} {context}"
    return f"{title}\n\nMade with `pipeline finetune` (longdoc-pipeline {record.versions['longdoc-pipeline']})."


def _scaling_section(record: TrainingRecord) -> str:
    rope = record.rope
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
    return "## RoPE scaling\n\n" + _table(("", ""), rows)


def _data_section(record: TrainingRecord) -> str:
    def cells(name: str, counts: RowCounts, packs: int) -> tuple[str, ...]:
        numbers = (counts.read, counts.used, counts.too_long, counts.without_answer, counts.tokens, packs)
        return (name, *(f"{number:,}" for number in numbers))

    table = _table(
        (
            "split",
            "rows read",
            "used",
            f"longer than {record.recipe['max_tokens']:,} tokens",
            "no answer",
            "tokens used",
            "packs",
        ),
        [
            cells("train", record.train_rows, record.train_packs),
            cells("validation", record.validation_rows, record.validation_packs),
        ],
    )
    note = f"Fingerprint of the rows: `{record.data_fingerprint}`. Only the validation packs counted here were scored."
    return f"## Data\n\n{note}\n\n{table}"


def _result_section(record: TrainingRecord) -> str:
    share = record.trainable_parameters / record.parameters
    rows = [
        ("steps", f"{record.steps:,}"),
        (
            "tokens trained on",
            f"{record.tokens:,} ({record.answer_tokens:,} of answers, which alone count in the loss)",
        ),
        (
            "trained parameters",
            f"{record.trainable_parameters:,} ({share:.1%} of the base model's {record.parameters:,})",
        ),
        ("loss, first → last step", f"{record.first_loss:.4f} → {record.last_loss:.4f}"),
    ]
    if record.validation:
        before, after = record.validation[0].loss, record.validation[-1].loss
        rows.append(("validation loss, before → after", f"{before:.4f} → {after:.4f}"))
    else:
        rows.append(("validation loss", "not measured: the data has no validation rows that fit"))
    reload = record.reload
    positions = " and ".join(f"{position:,}" for position in reload.first_positions)
    compared = f"{reload.num_tokens} tokens each from positions {positions} on"
    rows.append(("reload check", f"largest logit difference {reload.max_abs_logit_difference:g} over {compared}"))
    return "## Training\n\n" + _table(("", ""), rows)


def _loading_section(record: TrainingRecord) -> str:
    parts = [
        "## Loading",
        "The adapters are merged and the scaling stands in `config.json`; nothing has to be passed.",
        _TRANSFORMERS_EXAMPLE,
    ]
    if record.rope.method not in _METHODS_VLLM_IGNORES:
        parts.append(f"```sh\nvllm serve PATH/TO/THIS/FOLDER --max-model-len {record.rope.max_tokens}\n```")
    if note := _serving_note(record.rope):
        parts.append(note)
    return "\n\n".join(parts)


def _serving_note(rope: RopeRecord) -> str:
    if rope.method in _METHODS_VLLM_IGNORES:
        return "Use transformers: vLLM 0.32 does not scale at all with a config that transformers reads as dynamic NTK."
    if rope.method == "longrope" and rope.divisors != rope.short_divisors:
        return (
            f"transformers switches to the long factors for sequences above {rope.original_max_tokens:,} tokens; vLLM "
            "uses them for every sequence once `max-model-len` is above that. Equal short and long factors avoid the "
            "difference."
        )
    return ""


def _licence_section(record: TrainingRecord) -> str:
    licence = (
        f"`{record.base_licence}`" if record.base_licence else "not stated in its folder; look it up before sharing"
    )
    return (
        f"## Licence\n\nBase model: {licence}. The licences of the training documents stand on the rows of the build's "
        "`corpus/`; check that they allow what you plan."
    )


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
