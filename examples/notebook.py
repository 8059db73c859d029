# %% [markdown]
# # A build in a notebook
#
# This file is a notebook in the percent format: open it with Jupytext or in an editor that shows cells, or run it with
# `python examples/notebook.py`. It reads five small documents of its own, asks no model, and leaves nothing behind.

# %%
from __future__ import annotations

import tempfile
from pathlib import Path

import pipeline

folder = tempfile.TemporaryDirectory()
inputs = Path(folder.name, "documents")
inputs.mkdir()

# %% [markdown]
# ## Documents

# %%
TERMS = """{title}

This Agreement is made on {date} between {seller} ("Seller") and {buyer} ("Buyer").

1. Term. This Agreement runs for two years from {date}.

2. Price. The price of each pump is USD {price}. The Buyer shall pay within thirty (30) days after delivery.

3. Delivery. The Seller shall deliver the pumps no later than {delivery}, as Section 2 provides.

4. Defects. The Buyer shall notify the Seller of a defect within five (5) days after finding it. Section 3 does not
limit this duty.

5. Notices. A notice under Section 4 shall be in writing and sent to office@{domain}.
"""

MANUAL = """# Pump P-{number}

## Start

1. Open valve V{number}.
2. Press the green button for {seconds} seconds.
3. Wait until the lamp is steady.

## Faults

| Code | Meaning | Remedy |
| --- | --- | --- |
| E{number} | No water | Open valve V{number} |
| F{number} | Motor hot | Wait {seconds} minutes |

Note: do not start the pump without water.
"""

for name, price, delivery, domain in (
    ("alder", "9,600", "1 October 2021", "alder.example"),
    ("birch", "7,250", "15 March 2022", "birch.example"),
):
    text = TERMS.format(
        title=f"SUPPLY AGREEMENT WITH {name.upper()}",
        date="3 May 2021",
        seller=f"{name.title()} Pumps LLC",
        buyer="Harrow Mill Estates, Inc.",
        price=price,
        delivery=delivery,
        domain=domain,
    )
    (inputs / f"{name}.txt").write_text(text, encoding="utf-8")
(inputs / "alder copy.txt").write_bytes((inputs / "alder.txt").read_bytes())
for number, seconds in ((3, 5), (8, 12)):
    (inputs / f"pump-{number}.md").write_text(MANUAL.format(number=number, seconds=seconds), encoding="utf-8")

# %% [markdown]
# ## A recipe
#
# A recipe by name, with changes: our documents, no questions by a model, short rows.

# %%
recipe = pipeline.load_recipe(
    "quickstart",
    inputs=[inputs],
    clean={"min_chars": 100},
    pack={"buckets": [1024, 4096]},
    synthesize={"written": {"tasks": []}},
    export={"validation_share": 0.3},
)
recipe.clean.min_chars, recipe.pack.buckets

# %% [markdown]
# ## The build

# %%
build = pipeline.build_sft(recipe, output=Path(folder.name, "build"))
print(build)
for stage, counts in build.counts.items():
    print(f"{stage:14}", counts)

# %% [markdown]
# ## Its rows
#
# Every quote is verbatim in the document that the row names.

# %%
rows = build.to_datasets(cache_dir=str(Path(folder.name, "cache")))
for split, table in rows.items():
    print(split, table.num_rows, "rows")
row = next(build.rows())
print(row.messages[0].content[:60], "…", row.messages[-2].content[-120:])
print("→", row.messages[-1].content)

# %% [markdown]
# ## The pieces, one by one
#
# Each is a function on plain values; `examples/pieces.py` has all of them.

# %%
record = pipeline.read_file(inputs / "alder.txt").records[0]
cleaned = pipeline.clean_text(record, min_chars=100)
assert cleaned.document is not None, cleaned.detail
print(cleaned.document.domain, cleaned.document.language, dict(cleaned.masked))

questions = pipeline.structural_questions(cleaned.document)
for question in questions.questions[:3]:
    print(f"- {question.question}\n  {question.answer}")

# %% [markdown]
# ## A tiny plan
#
# Which rows are trained together, and what a scaled model's config says.

# %%
plan = pipeline.plan_packs([row.num_tokens for row in build.rows()], edges=[1024, 4096])
print(len(plan.packs), "packs,", f"{plan.utilisation:.0%} full")
config = {
    "model_type": "llama",
    "hidden_size": 576,
    "num_attention_heads": 9,
    "num_hidden_layers": 30,
    "max_position_embeddings": 8192,
    "rope_theta": 100000.0,
}
scaled = pipeline.scale_rope(config, method="yarn", factor=2)
print(scaled["max_position_embeddings"], scaled["rope_parameters"])

# %%
folder.cleanup()
