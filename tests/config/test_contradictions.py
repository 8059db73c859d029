"""Every pair of settings that cannot go together is refused, and the nearest pair that can is not."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pipeline.config.load import load_recipe

LONG = "finetune.rope.long_factors=[1.0, 2.0]"
SETTINGS: dict[str, tuple[list[str], list[str], str]] = {
    # Settings that are refused, settings that are not, and what is said.
    "buckets descend": (["pack.buckets=[4096,2048]"], ["pack.buckets=[2048,4096]"], "buckets must ascend"),
    "buckets repeat": (["pack.buckets=[2048,2048]"], ["pack.buckets=[2048]"], "buckets must ascend"),
    "no buckets": (["pack.buckets=[]"], ["pack.buckets=[513]"], "buckets must ascend"),
    "room for the task alone": (["pack.buckets=[512]"], ["pack.buckets=[513]"], "room_tokens 512 leaves nothing"),
    "joined into no bucket": (["pack.join.target=3000"], ["pack.join.target=4096"], "3000 is not one of the buckets"),
    "joined from more than fits": (
        ["pack.join.below_tokens=513"],
        ["pack.join.below_tokens=512"],
        "below_tokens 513 exceeds the 512 tokens of a joined context",
    ),
    "joined into a bucket that is named": (
        ["pack.join.below_tokens=1537", "pack.join.target=2048"],
        ["pack.join.below_tokens=1536", "pack.join.target=2048"],
        "below_tokens 1537 exceeds the 1536 tokens of a joined context",
    ),
    "joined as nothing": (["pack.join.kinds=[none]"], ["pack.join.kinds=[]"], "must not contain none or repeat a way"),
    "joined twice": (
        ["pack.join.kinds=[nearest,nearest]"],
        ["pack.join.kinds=[nearest,distractors]"],
        "must not contain none or repeat a way",
    ),
    "pack edges descend": (["packing.edges=[8192,4096]"], ["packing.edges=[4096,8192]"], "edges must ascend"),
    "pack edges repeat": (["packing.edges=[4096,4096]"], ["packing.edges=[]"], "edges must ascend"),
    "nothing to synthesize": (
        ["synthesize.written.tasks=[]", "synthesize.structural.tasks=[]"],
        ["synthesize.written.tasks=[]", "synthesize.structural.tasks=[clause]"],
        "no row can be made",
    ),
    "longrope without factors": (
        ["finetune.rope.method=longrope"],
        ["finetune.rope.method=longrope", LONG],
        "needs long",
    ),
    "factors without longrope": (
        ["finetune.rope.method=llama3", LONG],
        ["finetune.rope.method=llama3"],
        "unknown key 'finetune.rope.long_factors'",
    ),
    "short factors without longrope": (
        ["finetune.rope.short_factors=[1.0]"],
        ["finetune.rope.method=longrope", LONG, "finetune.rope.short_factors=[1.0, 1.0]"],
        "unknown key 'finetune.rope.short_factors'",
    ),
    "attention factor of ntk": (
        ["finetune.rope.method=ntk", "finetune.rope.attention_factor=1.1"],
        ["finetune.rope.method=longrope", LONG, "finetune.rope.attention_factor=1.1"],
        "unknown key 'finetune.rope.attention_factor'",
    ),
    "attention factor of yarn": (
        ["finetune.rope.method=linear", "finetune.rope.attention_factor=1.1"],
        ["finetune.rope.method=yarn", "finetune.rope.attention_factor=1.1"],
        "unknown key 'finetune.rope.attention_factor'",
    ),
    "replacing by nothing": (
        ["finetune.rope.method=none", "finetune.rope.replace_existing=true"],
        ["finetune.rope.method=linear", "finetune.rope.replace_existing=true"],
        "replace_existing needs a different method",
    ),
    "groups of a window": (
        ["finetune.attention.pattern=sliding_window", "finetune.attention.group_tokens=64"],
        ["finetune.attention.pattern=s2", "finetune.attention.group_tokens=64"],
        "group_tokens belongs to pattern s2",
    ),
    "window of groups": (
        ["finetune.attention.pattern=s2", "finetune.attention.window_tokens=64"],
        ["finetune.attention.pattern=local_global", "finetune.attention.window_tokens=64"],
        "window_tokens belongs to pattern dilated, local_global, sliding_window",
    ),
    "stride of a window": (
        ["finetune.attention.pattern=dilated", "finetune.attention.stride_tokens=64"],
        ["finetune.attention.pattern=strided", "finetune.attention.stride_tokens=64"],
        "stride_tokens belongs to pattern strided",
    ),
    "global tokens of a stride": (
        ["finetune.attention.pattern=strided", "finetune.attention.global_tokens=8"],
        ["finetune.attention.pattern=local_global", "finetune.attention.global_tokens=8"],
        "global_tokens belongs to pattern local_global",
    ),
    "dilation of a window": (
        ["finetune.attention.pattern=sliding_window", "finetune.attention.dilation=3"],
        ["finetune.attention.pattern=dilated", "finetune.attention.dilation=3"],
        "dilation belongs to pattern dilated",
    ),
    "global tokens by varlen": (
        ["finetune.attention.pattern=local_global", "finetune.attention.kernel=varlen"],
        ["finetune.attention.pattern=local_global", "finetune.attention.kernel=sdpa"],
        "kernel varlen cannot run pattern local_global",
    ),
    "host without checkpoints": (
        ["finetune.memory.layer_inputs=host", "finetune.memory.gradient_checkpointing=false"],
        ["finetune.memory.layer_inputs=host", "finetune.memory.gradient_checkpointing=true"],
        "needs gradient_checkpointing",
    ),
    "share of rows alone": (
        ["finetune.stages=[{name: a, corpus_share: 0.5}]"],
        ["finetune.stages=[{name: a, data: mixed, corpus_share: 0.5}]"],
        "data mixed needs corpus_share",
    ),
    "mixed without a share": (
        ["finetune.stages=[{name: a, data: mixed}]"],
        ["finetune.stages=[{name: a, data: corpus}]"],
        "data mixed needs corpus_share",
    ),
    "stages of one name": (
        ["finetune.stages=[{name: a}, {name: a}]"],
        ["finetune.stages=[{name: a}, {name: b}]"],
        "two stages have the same name",
    ),
    "dora of experts": (
        ["finetune.tuning.target_experts=true", "finetune.tuning.dora=true"],
        ["finetune.tuning.target_experts=true"],
        "target_experts needs method lora",
    ),
    "search without a servable candidate": (
        ["rope_search.start_tokens=[4]"],
        ["rope_search.start_tokens=[0,4]"],
        "start_tokens must contain 0",
    ),
    "address with a key": (
        ["synthesize.teacher.kind=openai", "synthesize.teacher.base_url=http://u:p@host/v1"],
        ["synthesize.teacher.kind=openai", "synthesize.teacher.base_url=http://host/v1"],
        "contains a user name or password",
    ),
}


def _complaint(overrides: list[str]) -> str:
    try:
        load_recipe(None, overrides=overrides)
    except Exception as error:  # noqa: BLE001  its text is what is tested
        assert not isinstance(error, ValidationError), "told as a recipe error"
        return str(error)
    return ""


@pytest.mark.parametrize(("refused", "fine", "complaint"), SETTINGS.values(), ids=SETTINGS)
def test_settings_that_cannot_go_together_are_refused_and_their_neighbours_are_not(
    refused: list[str], fine: list[str], complaint: str
) -> None:
    assert complaint in _complaint(refused)
    assert _complaint(fine) == ""
