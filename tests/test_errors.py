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


@pytest.mark.parametrize("extra", ["aws", "gcp", "vllm"])
def test_missing_extra_is_answered_with_its_installation_and_without_one_with_the_given_words(extra: str) -> None:
    theirs = "Install s3fs to access S3."
    command = f"Install it with: pip install 'longdoc-pipeline[{extra}]'"
    for error in (MissingExtraError("No.", extra=extra), MissingExtraError("No.", remedy=theirs, extra=extra)):
        assert (error.remedy, str(error)) == (command, f"No. {command}")
        assert pickle.loads(pickle.dumps(error)).remedy == command
    assert MissingExtraError("No.", remedy=theirs, extra="").remedy == theirs
