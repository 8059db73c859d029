"""A small evaluation, as its command leaves it, to render pages of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sample_folders import HOSTILE
from scored_answers import answered, evaluation_of
from scored_answers import task as answer_task

from pipeline.evaluate.prompt import ScoredAnswer
from pipeline.evaluate.results.result_files import write_result_files
from pipeline.identity import content_id
from pipeline.io.checked_json import write_checked


def sample_evaluation() -> dict[str, Any]:
    """An `evaluation.json` of a base that degrades past its context, a tuned model and a third one."""
    tasks = [
        answer_task(
            measures=("f1", "exact"),
            variants=("document", "evidence_only", "retrieved", "no_document"),
            title="Held-out rows",
        ),
        answer_task("passkey", measures=("exact",), counts=True, title="Passkey"),
    ]
    evaluation = evaluation_of(
        tasks,
        sample_answers(),
        subjects={"smollm2": "base", "quickstart": "tuned", "other": "other"},
        main="quickstart",
        reference="smollm2",
        forward={"perplexity": _sample_perplexity(), "streaming": _sample_streaming()},
    )
    evaluation["notes"] = ["In 2 of 2 windows the held-out document is shorter than 16,384 tokens."]
    evaluation["tasks"]["rows"]["skipped"] = {"too_long": 3}
    evaluation["tasks"]["rows"]["notes"] = ["Answers longer than 64 tokens are cut."]
    return evaluation


def sample_answers() -> list[ScoredAnswer]:
    """Answers of three subjects to rows and passkeys, at two lengths."""
    found = []
    levels = {"smollm2": (0.3, 0.0), "quickstart": (0.6, 0.5), "other": (0.4, 0.4)}
    shares = {"document": 1.0, "evidence_only": 1.2, "retrieved": 0.9, "no_document": 0.1}
    for subject, by_length in levels.items():
        for length, level in zip((2048, 16384), by_length, strict=True):
            for number in range(8):
                for variant, share in shares.items():
                    f1 = round(min(1.0, level * share * (0.6 + 0.1 * number)), 3)
                    found.append(
                        answered(
                            subject,
                            item=f"row{number}",
                            cluster=f"doc{number // 2}",
                            length=length,
                            variant=variant,
                            kind=("amount", "follow_up")[number % 2],
                            language=("en", "ko")[number // 4],
                            depth=None if variant == "no_document" else number / 8,
                            scores={"f1": f1, "exact": float(f1 > 0.6)},
                            answer=HOSTILE if number == 3 else f"answer {number} of {subject}",
                            text=f"Document {number}. {HOSTILE}\n\nQuestion {number}?",
                            fault="the server refused the prompt" if number == 7 and variant == "retrieved" else "",
                        )
                    )
            for number in range(4):
                for depth in (0.1, 0.9):
                    hit = level > 0 and not (subject == "quickstart" and depth == 0.9 and number == 0)
                    found.append(
                        answered(
                            subject,
                            task="passkey",
                            item=f"key{number} {depth}",
                            length=length,
                            depth=depth,
                            language="",
                            scores={"exact": float(hit)},
                        )
                    )
    return found


def write_sample_evaluation(root: Path) -> str:
    """Write an evaluation folder: `evaluation.json`, `samples/` and `tables.csv`; return it."""
    evaluation = sample_evaluation()
    write_result_files(str(root), evaluation, sample_answers())
    write_checked(str(root / "evaluation.json"), evaluation)
    return str(root)


def _sample_perplexity() -> dict[str, Any]:
    perplexity = {
        "smollm2": {2048: 5.08, 8192: 4.52, 16384: 647.0},
        "quickstart": {2048: 5.15, 8192: 4.67, 16384: 4.76},
    }
    return {
        "title": "Perplexity",
        "about": "How well the model predicts the last tokens of held-out documents.",
        "notes": [],
        "windows": [
            {
                "subjects": ["smollm2", "quickstart"],
                "lengths": [2048, 8192, 16384],
                "windows": [
                    {
                        "doc_id": content_id(str(index)),
                        "domain": "legal",
                        "language": language,
                        "num_scored": 256,
                        "num_own_tokens": 11029,
                        "joined_doc_ids": ["0" * 16],
                    }
                    for index, language in enumerate(("en", "ko"))
                ],
            }
        ],
        "results": [
            {
                "subject": name,
                "length": length,
                "mean_nll": 1.5,
                "perplexity": value,
                "low": value * 0.8,
                "high": value * 1.25,
                "bits_per_byte": 0.75,
                "num_tokens": 512,
                "num_windows": 2,
                "window_nll": [1.4, 1.6],
                "seconds": 12.0,
            }
            for name, by_length in perplexity.items()
            for length, value in by_length.items()
        ],
        "comparisons": [
            {"subject": "quickstart", "reference": "smollm2", "length": length}
            | {"ratio": perplexity["quickstart"][length] / base, "low": 0.9, "high": 1.1}
            for length, base in perplexity["smollm2"].items()
        ],
        "scaling_alone": {
            "base": "smollm2",
            "tuned": "quickstart",
            "results": [
                {"length": length, "perplexity": value, "low": value * 0.8, "high": value * 1.25}
                | {"scaling": {"ratio": value / base, "low": value / base * 0.9, "high": value / base * 1.1}}
                | {"training": {"ratio": 0.97, "low": 0.95, "high": 0.99}}
                for (length, base), value in zip(perplexity["smollm2"].items(), (5.31, 4.81, 4.91), strict=True)
            ],
        },
    }


def _sample_streaming() -> dict[str, Any]:
    levels = {"full": (5.0, 5.1), "window": (5.0, 220.0), "sinks": (5.0, 5.3)}
    return {
        "title": "Streaming",
        "about": "Perplexity and memory over a long stream.",
        "notes": [],
        "refused": [{"subject": "other", "variant": "window", "reason": "It does not cache keys and values."}],
        "results": [
            {
                "subject": "quickstart",
                "variant": variant,
                "length": 2048,
                "cache_tokens": 2048 if variant == "full" else 1024,
                "cache_bytes": 3 << 20,
                "perplexity": last,
                "low": last * 0.9,
                "high": last * 1.1,
                "after_window": {"perplexity": last, "low": last * 0.9, "high": last * 1.1},
                "by_position": [
                    {"start": 0, "end": 1024, "perplexity": first},
                    {"start": 1024, "end": 2048, "perplexity": last},
                ],
                "seconds": 3.0,
            }
            for variant, (first, last) in levels.items()
        ],
        "comparisons": [
            {"subject": "quickstart", "variant": "sinks", "reference": "window", "num_tokens": 1024}
            | {"ratio": 0.024, "low": 0.02, "high": 0.03}
        ],
    }
