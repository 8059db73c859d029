"""Turns cell results into the numbers that people read: perplexities and hit rates with intervals, and a headline.

Takes cell results. Returns JSON-ready sections of `evaluation.json`. Used by `evaluate.run`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from pipeline.evaluate.cells import CellResult, EvaluationTask, Role
from pipeline.evaluate.intervals import mean_interval, paired_difference_interval, wilson_interval

Section = dict[str, Any]  # Any: a JSON object


def perplexity_section(results: Sequence[CellResult], *, seed: int) -> Section:
    """Return perplexity by model and length, and the ratio of tuned to base perplexity by length; all with intervals.

    There are no ratios without a base model.
    """
    scored = [result for result in results if result.cell.task is EvaluationTask.PERPLEXITY]
    by_length: dict[int, dict[Role, CellResult]] = {}
    for result in scored:
        by_length.setdefault(result.cell.length, {})[result.cell.role] = result
    return {
        "results": [_perplexity(result, seed=seed) for result in scored],
        "comparisons": [
            _comparison(length, models[Role.TUNED], models[Role.BASE], seed=seed)
            for length, models in sorted(by_length.items())
            if len(models) == len(Role)
        ],
    }


def passkey_section(results: Sequence[CellResult]) -> Section:
    """Return hits by model, length and depth, and hits by model and length over all depths, with Wilson intervals."""
    measured = [result for result in results if result.cell.task is EvaluationTask.PASSKEY]
    cells, by_length = [], []
    for result in measured:
        keys = {"model": result.cell.role.value, "length": result.cell.length}
        trials = result.values["trials"]
        for depth, group in groupby(trials, key=lambda trial: trial["depth"]):
            trials_at_depth = list(group)
            answers = [trial["answer"] for trial in trials_at_depth]
            cells.append({**keys, "depth": depth, **_share(trials_at_depth), "answers": answers})
        by_length.append({**keys, **_share(trials), "seconds": result.seconds})
    return {"by_length": by_length, "cells": cells}


def headline(evaluation: Mapping[str, Any]) -> str:
    """Describe the main results in plain words, without claiming a difference that the intervals do not support.

    Perplexity is described at the longest length and, if there is a base model, also at the shortest. Passkeys are
    described at the longest length.
    """
    sentences = []
    if evaluation.get("perplexity"):
        sentences += _perplexity_sentences(evaluation["perplexity"])
    if evaluation.get("passkey"):
        sentences.append(_passkey_sentence(evaluation["passkey"]))
    return " ".join(sentences)


def _perplexity(result: CellResult, *, seed: int) -> Section:
    windows = result.values["nll"]
    tokens = [nll for window in windows for nll in window]
    mean = math.fsum(tokens) / len(tokens)
    interval = mean_interval(windows, seed=seed)
    return {
        "model": result.cell.role.value,
        "length": result.cell.length,
        "mean_nll": round(mean, 5),
        "perplexity": round(math.exp(mean), 3),
        "low": round(math.exp(interval.low), 3),
        "high": round(math.exp(interval.high), 3),
        "num_tokens": len(tokens),
        "num_windows": len(windows),
        "window_nll": [round(math.fsum(window) / len(window), 4) for window in windows],
        "seconds": result.seconds,
    }


def _comparison(length: int, tuned: CellResult, base: CellResult, *, seed: int) -> Section:
    interval = paired_difference_interval(tuned.values["nll"], base.values["nll"], seed=seed)
    means = [
        math.fsum(nll for window in result.values["nll"] for nll in window)
        / sum(len(window) for window in result.values["nll"])
        for result in (tuned, base)
    ]
    return {
        "length": length,
        "tuned_over_base": round(math.exp(means[0] - means[1]), 5),
        "low": round(math.exp(interval.low), 5),
        "high": round(math.exp(interval.high), 5),
    }


def _share(trials: Sequence[Mapping[str, Any]]) -> Section:
    hits = sum(trial["retrieved"] for trial in trials)
    interval = wilson_interval(hits, len(trials))
    return {
        "hits": hits,
        "samples": len(trials),
        "accuracy": round(hits / len(trials), 4),
        "low": round(interval.low, 4),
        "high": round(interval.high, 4),
    }


def _perplexity_sentences(section: Mapping[str, Any]) -> list[str]:
    longest = max(result["length"] for result in section["results"])
    by_model = {result["model"]: result for result in section["results"] if result["length"] == longest}
    tuned, base = by_model["tuned"], by_model.get("base")
    if base is None:
        return [f"At {longest:,} tokens the model's perplexity is {_with_interval(tuned)}."]
    beginning = f"At {longest:,} tokens the tuned model's perplexity is {_with_interval(tuned)}"
    comparisons = {row["length"]: row for row in section["comparisons"]}
    sentences = [f"{beginning}, the base model's {_with_interval(base)}: {_verdict(comparisons[longest])}."]
    shortest = min(comparisons)
    if shortest != longest:
        sentences.append(f"At {shortest:,} tokens the tuned model's is {_verdict(comparisons[shortest])}.")
    return sentences


def _with_interval(result: Mapping[str, Any]) -> str:
    low, high = _number(result["low"]), _number(result["high"])
    return f"{_number(result['perplexity'])} (95% interval {low} to {high})"


def _verdict(comparison: Mapping[str, Any]) -> str:
    if comparison["low"] <= 1.0 <= comparison["high"]:
        return "not measurably different from the base model's"
    ratio = comparison["tuned_over_base"]
    word, factor = ("lower", 1 / ratio) if ratio < 1.0 else ("higher", ratio)
    if factor >= 2.0:
        return f"{_number(factor)} times {word} than the base model's"
    return f"{abs(ratio - 1.0):.1%} {word} than the base model's"


def _passkey_sentence(section: Mapping[str, Any]) -> str:
    longest = max(row["length"] for row in section["by_length"])
    by_model = {row["model"]: row for row in section["by_length"] if row["length"] == longest}
    tuned, base = by_model["tuned"], by_model.get("base")
    hits = f"finds {tuned['hits']} of {tuned['samples']} hidden keys"
    if base is None:
        return f"At {longest:,} tokens the model {hits}."
    sentence = f"At {longest:,} tokens the tuned model {hits}"
    overlap = tuned["low"] <= base["high"] and base["low"] <= tuned["high"]
    caution = "; too few trials to show a difference" if overlap and tuned["hits"] != base["hits"] else ""
    return f"{sentence}, the base model {base['hits']} of {base['samples']}{caution}."


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
