import pickle

import pytest

from pipeline.errors import InputError, MissingExtraError, PipelineError, RecipeError, StageError, UserError


@pytest.mark.parametrize("kind", [InputError, RecipeError, MissingExtraError])
def test_user_errors_end_with_exit_code_two(kind: type[UserError]) -> None:
    assert kind("wrong", remedy="mend it").exit_code == 2


def test_run_errors_end_with_exit_code_one() -> None:
    assert StageError("broke").exit_code == 1


def test_error_survives_pickling_with_type_message_and_remedy() -> None:
    error = pickle.loads(pickle.dumps(MissingExtraError("No vLLM.", extra="vllm")))
    assert isinstance(error, MissingExtraError)
    assert error.message == "No vLLM."
    assert "longdoc-pipeline[vllm]" in error.remedy


def test_error_text_is_message_and_remedy() -> None:
    assert str(PipelineError("It broke.", remedy="Mend it.")) == "It broke. Mend it."
