"""What `finetune --plan` predicts for one model under many settings, term by term, as approved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from approved_outcome import check_approved
from small_student import write_small_model

from pipeline.config.finetune import FinetuneRecipe
from pipeline.train.memory.plan import TrainingMemoryPlan, plan_training

BASE: dict[str, Any] = {
    "max_tokens": 4096,
    "rope": {"method": "yarn", "factor": 8.0},
    "tuning": {"rank": 4},
    "loss": {"chunk_tokens": 256},
    "device": "cuda",
}
CASES: dict[str, tuple[dict[str, Any], int, int]] = {
    # Settings, processes, and how many of them are on the machine.
    "as it is": ({}, 1, 1),
    "on a CPU": ({"device": "cpu"}, 2, 2),
    "float32": ({"dtype": "float32"}, 1, 1),
    "every weight": ({"tuning": {"method": "full"}}, 1, 1),
    "adapters alone": ({"tuning": {"rank": 4, "train_embeddings": False, "train_norms": False}}, 1, 1),
    "4-bit weights": ({"tuning": {"rank": 4, "method": "qlora"}}, 1, 1),
    "8-bit moments": ({"optimizer": {"kind": "paged_adamw_8bit"}}, 1, 1),
    "several packs a step": ({"packs_per_step": 3}, 1, 1),
    "layer inputs on the host": ({"memory": {"layer_inputs": "host"}}, 2, 2),
    "no checkpointing": ({"memory": {"gradient_checkpointing": False}}, 1, 1),
    "no tiles": ({"memory": {"mlp_tile_tokens": None, "gradient_checkpointing": False}}, 1, 1),
    "plain layers": ({"memory": {"fused_layers": False, "mlp_tile_tokens": 512}}, 1, 1),
    "plain layers in float32": ({"memory": {"fused_layers": False}, "dtype": "float32"}, 1, 1),
    "groups": ({"attention": {"pattern": "s2"}}, 1, 1),
    "deterministic": ({"deterministic": True}, 1, 1),
    "shards": ({"distributed": {"strategy": "fsdp2"}}, 8, 4),
    "slices": ({"distributed": {"strategy": "ddp", "sequence_parallel": 2}}, 4, 4),
    "shards and slices": ({"distributed": {"strategy": "fsdp2", "sequence_parallel": 2}, "dtype": "float32"}, 4, 2),
    "longer second stage": ({"stages": [{"name": "a", "max_tokens": 512}, {"name": "b", "max_tokens": 2048}]}, 1, 1),
}


def test_plan_of_every_setting_is_what_was_approved(tmp_path: Path) -> None:
    model = write_small_model(tmp_path, hidden_size=64, intermediate_size=160, num_attention_heads=4, vocab_size=2000)
    lines = []
    for name, (changes, processes, local) in CASES.items():
        recipe = FinetuneRecipe.model_validate(BASE | changes)
        plan = plan_training(recipe, model=model, memory_gib=1.52, processes=processes, local_processes=local)
        lines += [f"{name}", *(f"  {line}" for line in _lines(plan))]
    check_approved("memory_plans.txt", lines)


def _lines(plan: TrainingMemoryPlan) -> list[str]:
    value = plan.as_json()
    host = ", ".join(f"{name} {own}" for name, own in value["host"].items() if name not in ("memory_bytes", "fits"))
    lines = [
        f"{value['device']} of {value['memory_bytes']}, reserved {value['reserved_bytes']}, "
        f"each {value['process_bytes']}",
        f"{value['processes']} processes, {value['shards']} shards, {value['slices']} slices; host: {host}",
        f"{value['pack_tokens']} tokens need {value['peak_bytes']} at the {value['peak_moment']}; "
        f"fits {value['fits']}, longest {value['longest_tokens']}",
    ]
    lines += [f"{term['name']} {term['bytes']} {'*' if term['at_peak'] else ''}" for term in value["terms"]]
    return lines + [
        f"try {r['set']}: {r['effect']}, saves {r['saves_bytes']}, peak {r['peak_bytes']}, "
        f"longest {r['longest_tokens']}"
        for r in value["remedies"]
    ]
