"""Composes the dataset card, `sft/README.md`, from the labels of all rows. Used by the export stage.

The front matter of the card also lets `load_dataset(FOLDER)` find both splits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from pipeline.config.export import ConversationRecipe
from pipeline.export.count_tables import (
    CountTable,
    amount_tables,
    arrangement_table,
    depth_table,
    mix_table,
    row_length_table,
)
from pipeline.export.mix import MixLine
from pipeline.export.tally import EMPTY_TALLY, Tally
from pipeline.export.trainers import llamafactory_yaml, trainer_tokens
from pipeline.export.written_counts import NOTHING_WRITTEN, WrittenCounts, written_task_table
from pipeline.languages import language_title
from pipeline.records import Origin, Split

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


@dataclass(frozen=True, slots=True)
class TurnLabels:
    """The properties of a turn that the card counts."""

    task: str
    origin: str
    teacher: str
    judge: str = ""
    """The model that judged the turn; empty if none did."""


@dataclass(frozen=True, slots=True)
class RowLabels:
    """The properties of a row that the card counts."""

    split: str
    domain: str
    language: str
    bucket: int
    num_tokens: int
    num_loss_tokens: int
    control_strings: int
    doc_id: str
    """The row's document; empty if the row is not about one."""
    turns: tuple[TurnLabels, ...]


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """The origin of a document that has rows."""

    doc_id: str
    licence: str
    source_uri: str


@dataclass(frozen=True, slots=True)
class CheckedSet:
    """An evaluation set whose items were looked for in the documents, and what was done about those found."""

    name: str
    num_items: int
    num_untestable: int
    """Items that are too short, or too much like others, to be found."""
    num_dropped: int
    num_cut: int
    num_marked: int
    """Documents that contain an item, or only its context, and were kept as they are."""


@dataclass(frozen=True, slots=True)
class OwnData:
    """A file or folder of the user's own instruction data."""

    name: str
    """The last part of its path."""
    licence: str


def dataset_card(
    *,
    name: str,
    rows: Sequence[RowLabels],
    documents: Sequence[SourceDocument],
    jsonl_names: Sequence[str],
    tokenizer: str,
    seed: int,
    tally: Tally = EMPTY_TALLY,
    conversations: ConversationRecipe | None = None,
    mix: Sequence[MixLine] = (),
    checked: Sequence[CheckedSet] = (),
    written_counts: WrittenCounts = NOTHING_WRITTEN,
    own_data: Sequence[OwnData] = (),
) -> str:
    """Return the text of the card.

    Args:
        name: the recipe's name.
        rows: the labels of all rows.
        documents: the documents that have rows, each once.
        jsonl_names: the names of the data set's JSONL files.
        tokenizer: reference of the tokenizer that counted `num_tokens`.
        seed: the recipe's seed.
        tally: the counts of the rows by group.
        conversations: what the recipe asks for in conversations; without it, the card does not compare it.
        mix: the shares that the recipe asks for, and those of the rows.
        checked: the evaluation sets that the documents were searched for.
        written_counts: what the teacher was asked, and what became of it.
        own_data: the user's own instruction data among the rows.
    """
    longest = max(row.num_tokens for row in rows)
    turns = [turn for row in rows for turn in row.turns]
    lines = [
        "---",
        _front_matter(name, rows, documents),
        "---",
        "",
        f"# {name}",
        "",
        f"{len(rows):,} conversations with {len(turns):,} questions about {len(documents):,} whole documents, for "
        f"training language models on long contexts. {_loss_share(rows)} Built with longdoc-pipeline; the counts of "
        "every stage are in `../manifest.json`.",
        "",
        "## A row",
        "",
        "The first user message is the whole document and a question, after it or before it; later ones are questions "
        "only. Each assistant message is an answer, and all answers are meant to be in the loss. Besides `messages`, a "
        "row has:",
        "",
        "- `turns`: the candidate, task, origin, teacher, prompt version and checks of each question and answer;",
        "- `evidence`: quotes with character offsets into the document's `text` in `../corpus/`: "
        "`text[start:end] == quote`; `depth` is start ÷ length; `turn` says whose answer the quote supports;",
        "- `task`, `origin`, `teacher`, `prompt_version`: the value of all turns, or `mixed`;",
        "- `checks`: what was measured before the turns were accepted, the least over the turns;",
        "- `origin`: `structural` (read off the parsed document, exact) or `written` (by the model in `teacher`);",
        *_origins_without_document(rows),
        f"- `num_tokens`: of the conversation under the chat template of `{tokenizer}`; `num_loss_tokens` are those of "
        "the answers;",
        "- `control_strings`: the number of places in `messages` that look like a control token, such as `<|im_end|>` "
        "or `</s>`;",
        "- `bucket`, `domain`, `language`, `doc_ids`, `loss_weight`, `split`.",
        "",
        "All rows of a document are in the same split.",
        "",
        _control_strings(rows),
        "",
        "## How rows were verified",
        "",
        "Structural questions and answers come from parsing the document, and are asked only if it gives one answer. "
        "For written ones, the evidence was found verbatim in the document, every number of the answer occurs in the "
        "evidence, and the shares in `checks` reach the recipe's limits. Questions were dropped if they refer to a "
        f"passage, lean on a pronoun or contain their answer. {_judged(turns)} `../rejected/` lists what was dropped, "
        "with the reason. A check that is null was not made.",
        "",
        *_written(written_counts),
        "## Counts",
        "",
        _table(("split", "rows", "turns", "documents", "tokens", "loss tokens", "longest row"), _by_split(rows)),
        "",
        _table(("language", "domain", "origin", "turns"), _by_label(rows)),
        "",
        *_counts(tally, arrangement_table(tally, conversations) if conversations else None, mix),
        "## Provenance",
        "",
        _table(("licence", "documents"), sorted(Counter(d.licence for d in documents).items())),
        "",
        *_own_data(own_data),
        f"Teachers: {', '.join(sorted({turn.teacher for turn in turns}))}. Seed {seed}. `../corpus/` has the source, "
        "offset and SHA-256 of every document. Personal data was masked by pattern and checksum before any other step; "
        "data that matches no pattern was not masked.",
        "",
        *_decontamination(checked),
        "## Limits",
        "",
        _meaning_limit(turns),
        "- The answers of one teacher share its style; the recipe's `max_written_share` limits how many there are.",
        "",
        "## Use",
        "",
        '`datasets.load_dataset("parquet", data_files={"train": "train-*.parquet"})`, or the folder itself. '
        f"Train at {trainer_tokens(longest):,} tokens or more; at shorter lengths, trainers cut or drop rows. "
        "`trl.yaml` and `axolotl.yaml` set this length. In the folder above this one:",
        "",
        "- `trl sft --config sft/trl.yaml` reads `exports/trl/`, `axolotl train sft/axolotl.yaml` reads "
        "`exports/axolotl/`: token ids of all rows with all answers in the loss, so no chat template is applied. The "
        "model must have the tokenizer named above.",
        "- `swift sft --dataset sft/train-*.jsonl` reads `messages`, with the template of its `--template`.",
        f"- `exports/prompt_completion/` (TRL) and `exports/alpaca/` (`instruction`, `input`, `output`) have the "
        f"{_single_turn_rows(rows):,} rows of one turn as JSON Lines; conversations of several turns are left out: "
        f"{len(rows) - _single_turn_rows(rows):,} rows.",
        '- `pandas.read_parquet("corpus")` and other readers that know hive partitions find `bucket` in the folder '
        "names of `corpus/`.",
        "",
        "LLaMA-Factory, with `dataset_info.json`, in this folder:",
        "",
        "```yaml",
        llamafactory_yaml(name=name, jsonl_names=jsonl_names, longest_row=longest).rstrip(),
        "```",
        "",
    ]
    return "\n".join(lines)


def _origins_without_document(rows: Sequence[RowLabels]) -> list[str]:
    """Return what the card says of the rows that are not about a document, if there are any."""
    origins = {turn.origin for row in rows for turn in row.turns}
    said = {
        Origin.GENERATED: "`generated` (a fact-free list of random keys or numbers, exact)",
        Origin.OWN: "`own` (the maker's own instruction data, not checked)",
    }
    named = " and ".join(words for origin, words in said.items() if origin.value in origins)
    return (
        [f"  rows with the origin {named} are not about a document: `doc_ids` and `evidence` are empty;"]
        if named
        else []
    )


def _judged(turns: Sequence[TurnLabels]) -> str:
    """Return a sentence that says which written turns a model judged."""
    written = [turn for turn in turns if turn.origin == Origin.WRITTEN]
    judges = Counter(turn.judge for turn in written if turn.judge)
    if not written:
        return "No turn was written by a model."
    if not judges:
        return "No model judged written answers by their meaning, so their `answer_unique` is null."
    return (
        f"{judges.total():,} of {len(written):,} written turns were also judged by {', '.join(sorted(judges))}: each "
        "claim of the answer against the document (`judged_support`), what it leaves out (`complete`), and whether "
        "another place answers differently (`answer_unique`)."
    )


def _written(counts: WrittenCounts) -> list[str]:
    """Return what became of the drafts of the teacher, by task and check."""
    table = written_task_table(counts)
    if table is None:
        return []
    requests = ", ".join(f"{round_} {count:,}" for round_, count in counts.rounds)
    agreement = counts.judge_agreement
    judge = "" if agreement is None else f" The judge kept {agreement:.0%} of the drafts that it judged."
    return [
        f"A teacher was sent {counts.num_requests:,} requests ({requests}). Its drafts by task, and the first check "
        "that the others did not pass:",
        "",
        _table(table.header, table.rows),
        "",
        f"Kept drafts are candidates for rows; the recipe's shares decide which become turns.{judge}",
        "",
    ]


def _meaning_limit(turns: Sequence[TurnLabels]) -> str:
    """Return what the card says of how far checks reach."""
    if any(turn.judge for turn in turns):
        return (
            "- The judge is a model too: some answers that it supports are wrong, and some that it rejects are right."
        )
    return (
        "- Verification is by words and numbers, not by meaning: an answer can be true to its evidence and still "
        "answer the question badly."
    )


def _own_data(own_data: Sequence[OwnData]) -> list[str]:
    if not own_data:
        return []
    named = sorted((one.name, one.licence or "not said") for one in own_data)
    return [_table(("own instruction data", "licence"), named), ""]


def _single_turn_rows(rows: Sequence[RowLabels]) -> int:
    return sum(len(row.turns) == 1 for row in rows)


def _front_matter(name: str, rows: Sequence[RowLabels], documents: Sequence[SourceDocument]) -> str:
    licences = sorted({document.licence.lower() for document in documents})
    splits = [split for split in Split if any(row.split == split for row in rows)]
    text: str = yaml.safe_dump(
        {
            "pretty_name": name,
            "language": sorted({row.language for row in rows}),
            "license": licences[0] if len(licences) == 1 else licences,
            "task_categories": ["question-answering", "text-generation"],
            "size_categories": [next((label for limit, label in _SIZES if len(rows) < limit), "n>1M")],
            "tags": ["long-context", "instruction-tuning", "synthetic", *sorted({row.domain for row in rows})],
            "configs": [
                {
                    "config_name": "default",
                    "data_files": [{"split": split.value, "path": f"{split.value}-*.parquet"} for split in splits],
                }
            ],
        },
        sort_keys=False,
        allow_unicode=True,
    )
    return text.rstrip()


def _control_strings(rows: Sequence[RowLabels]) -> str:
    affected = sum(row.control_strings > 0 for row in rows)
    if not affected:
        return "No row contains a string in its messages that a tokenizer of a common family reads as a control token."
    return (
        f"**{affected:,} of {len(rows):,} rows contain strings that look like control tokens.** They come from the "
        "documents. In `../tokens/`, which `pipeline finetune` trains on, and in `../exports/trl/` and "
        "`../exports/axolotl/`, they are ordinary text. Where a trainer tokenizes the messages, its tokenizer parses "
        "them, so that a document opens or ends turns. Drop these rows first "
        "(`rows.filter(lambda row: row['control_strings'] == 0)`). LLaMA-Factory's `split_special_tokens` turns them "
        "into text, but it works only with slow tokenizers (`use_fast_tokenizer: false`) and also splits the marks of "
        "templates that write them as text, such as ChatML."
    )


def _decontamination(checked: Sequence[CheckedSet]) -> list[str]:
    if not checked:
        return []
    header = ("evaluation set", "items", "cannot be found", "documents dropped", "cut", "only listed")
    body = [
        (one.name, one.num_items, one.num_untestable, one.num_dropped, one.num_cut, one.num_marked) for one in checked
    ]
    return [
        "## Decontamination",
        "",
        "Before duplicates were dropped, all documents were searched for the items of these evaluation sets, by runs "
        "of words. Edited copies are found up to a limit, translations and paraphrases are not. Documents with the "
        "context of an item, but not its question, are only listed. `../decontamination/` names each document and "
        "item.",
        "",
        _table(header, body),
        "",
    ]


def _by_split(rows: Sequence[RowLabels]) -> list[tuple[object, ...]]:
    counted: list[tuple[object, ...]] = []
    for split in Split:
        members = [row for row in rows if row.split == split]
        if members:
            lengths = [row.num_tokens for row in members]
            num_documents = len({row.doc_id for row in members} - {""})
            num_turns = sum(len(row.turns) for row in members)
            loss = sum(row.num_loss_tokens for row in members)
            counted.append((split.value, len(members), num_turns, num_documents, sum(lengths), loss, max(lengths)))
    return counted


def _loss_share(rows: Sequence[RowLabels]) -> str:
    loss, tokens = sum(row.num_loss_tokens for row in rows), sum(row.num_tokens for row in rows)
    return f"{loss:,} of {tokens:,} tokens ({loss / tokens:.2%}) are answers."


def _by_label(rows: Sequence[RowLabels]) -> list[tuple[object, ...]]:
    counts = Counter(
        (language_title(row.language), row.domain, Origin(turn.origin).value) for row in rows for turn in row.turns
    )
    return [(*labels, count) for labels, count in sorted(counts.items())]


def _counts(tally: Tally, arrangement: CountTable | None, mix: Sequence[MixLine]) -> list[str]:
    """Return the tables of the tally, and the mix under a heading of its own."""
    lines: list[str] = []
    for table in (row_length_table(tally), arrangement, *amount_tables(tally), depth_table(tally)):
        if table is not None:
            lines += [_table(table.header, table.rows), ""]
    if lines:
        lines += [
            "Tokens of a row are divided evenly over its turns; loss tokens are those of the answers. A turn with "
            "evidence at several depths counts at each.",
            "",
        ]
    shares = mix_table(mix)
    if shares is not None:
        lines += [
            "## Mix",
            "",
            "The shares that the recipe asks for, and those of the rows. A maximum was raised where there were too few "
            "other questions to keep it.",
            "",
            _table(shares.header, shares.rows),
            "",
        ]
    return lines


def _table(header: Sequence[str], body: Sequence[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "| " + " | ".join("---" for _ in header) + " |"]
    lines += [
        "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row) + " |" for row in body
    ]
    return "\n".join(lines)
