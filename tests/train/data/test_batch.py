"""Rows as the tensors of a pack, compared number by number."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pipeline.train.data.batch import collate
from pipeline.train.data.rows import TokenizedRow


def _row(ids: list[int], answers: str) -> TokenizedRow:
    return TokenizedRow("r", np.array(ids, np.int32), np.array([mark == "a" for mark in answers]), 2.0)


def test_collated_rows_are_laid_one_after_the_other_and_predict_within_themselves() -> None:
    rows = [
        _row([10, 11, 12, 13], ".aa."),
        _row([20, 21, 22], "..."),
        _row([30, 31], "aa"),  # its first token is predicted by nothing, not by the row before
        _row([40, 41, 42, 43, 44], "...aa"),
    ]
    batch = collate(rows, device=torch.device("cpu"))
    assert batch.ids_1T.tolist() == [[10, 11, 12, 13, 20, 21, 22, 30, 31, 40, 41, 42, 43, 44]]
    assert batch.positions_1T.tolist() == [[0, 1, 2, 3, 0, 1, 2, 0, 1, 0, 1, 2, 3, 4]]
    assert batch.lengths == (4, 3, 2, 5)
    assert batch.predictors_N.tolist() == [0, 1, 7, 11, 12]
    assert batch.targets_N.tolist() == [11, 12, 31, 43, 44]
    assert batch.num_targets == (2, 0, 1, 2)
    assert batch.num_answer_tokens == 5
    assert {part.dtype for part in (batch.ids_1T, batch.positions_1T, batch.predictors_N, batch.targets_N)} == {
        torch.int64
    }


@pytest.mark.parametrize(("answers", "targets"), [("a", []), (".", []), (".a", [8]), ("aa", [8])])
def test_shortest_rows_train_what_one_of_their_own_tokens_predicts(answers: str, targets: list[int]) -> None:
    batch = collate([_row([7, 8][: len(answers)], answers)], device=torch.device("cpu"))
    assert (batch.targets_N.tolist(), batch.num_targets) == (targets, (len(targets),))
