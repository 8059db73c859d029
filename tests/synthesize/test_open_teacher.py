"""Every setting of a teacher's recipe reaches the teacher that is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from synthesis_documents import ToldTeacher, replied
from teacher_server import Response, TeacherServer, completion

from pipeline.config.build import SynthesizeRecipe, TeacherOptions, WrittenRecipe
from pipeline.errors import InputError, RecipeError
from pipeline.synthesize.asking import ask_all
from pipeline.synthesize.cache import AnswerCache
from pipeline.synthesize.teachers.open import check_teacher, open_teacher, shared_teacher
from pipeline.synthesize.teachers.openai import OpenAIOptions
from pipeline.synthesize.teachers.protocol import CompletionPrompt, Sampling, ServerTeacher, TeacherRequest
from pipeline.synthesize.teachers.replay import ReplayOptions, ReplayTeacher

REQUEST = TeacherRequest(CompletionPrompt("Go on", ("\n",)), Sampling(0.0, 8, 17), "v1")


def server_recipe(url: str, **changes: Any) -> OpenAIOptions:
    settings = {"model": "small", "api_key_env": "LONGDOC_TEST_KEY", "batch_size": 5, **changes}
    return OpenAIOptions(base_url=url, **settings)


def opened(recipe: TeacherOptions) -> ServerTeacher:
    teacher = open_teacher(recipe, seed=3)
    assert isinstance(teacher, ServerTeacher)
    return teacher


def test_open_teacher_of_a_server_has_model_key_address_and_concurrency(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONGDOC_TEST_KEY", "a-key-of-its-own")
    with TeacherServer(lambda asked: completion(f"{asked.body['model']}")) as server:
        teacher = opened(server_recipe(server.url))
        assert teacher.ask(REQUEST).text == "small"
    assert (teacher.name, teacher.address, teacher.concurrency) == ("openai:small", server.url, 5)
    assert server.keys == {"Bearer a-key-of-its-own"}


def test_open_teacher_of_a_server_waits_as_long_as_the_recipe_says() -> None:
    with TeacherServer(lambda asked: Response(hangs=True)) as server:
        teacher = opened(server_recipe(server.url, timeout_seconds=0.3, max_wait_seconds=0))
        assert teacher.ask(REQUEST).error.startswith("ReadTimeout")
        assert server.num_asked() == 1


def test_open_teacher_gives_up_a_server_after_a_first_batch_of_its_size() -> None:
    teacher = opened(server_recipe("http://127.0.0.1:1/v1"))
    teacher.watch.open_window(100)
    for number in range(1, 6):
        assert not teacher.watch.gave_up, number
        teacher.watch.failed("status 401")
    assert teacher.watch.gave_up


def test_open_teacher_of_recordings_takes_their_folder_and_batch_size(tmp_path: Path) -> None:
    cache = AnswerCache(folder=str(tmp_path), teacher="told:teacher")
    ask_all([REQUEST], teacher=ToldTeacher(lambda text: "yes"), cache=cache, batch_size=1)
    recipe = ReplayOptions(recordings=str(tmp_path), batch_size=3)
    teacher = opened(recipe)
    assert isinstance(teacher, ReplayTeacher)
    assert (teacher.name, teacher.address) == ("told:teacher", f"The recordings in {tmp_path}")
    assert teacher.ask(REQUEST) == replied("yes")
    for _ in range(3):
        assert not teacher.watch.gave_up
        teacher.watch.failed("not recorded")
        teacher.watch.open_window(9)
    assert teacher.watch.gave_up


@pytest.mark.parametrize("name", ["seed", "recordings", "batch_size"])
def test_shared_teacher_of_another_recipe_or_seed_is_another(tmp_path: Path, name: str) -> None:
    other = tmp_path / "other"
    for folder in (tmp_path / "one", other):
        cache = AnswerCache(folder=str(folder), teacher="told:teacher")
        ask_all([REQUEST], teacher=ToldTeacher(lambda text: "yes"), cache=cache, batch_size=1)
    recipe = ReplayOptions(recordings=str(tmp_path / "one"), batch_size=3)
    changes = {"recordings": str(other)} if name == "recordings" else {"batch_size": 4} if name == "batch_size" else {}
    first = shared_teacher(recipe, seed=1)
    assert shared_teacher(recipe, seed=1) is first
    assert shared_teacher(recipe.model_copy(update=changes), seed=2 if name == "seed" else 1) is not first


def test_replay_says_what_is_wrong_with_its_recordings(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        ReplayTeacher(ReplayOptions(recordings=str(tmp_path), batch_size=2))
    assert raised.value.message == f"The replay teacher found no recordings in '{tmp_path}'."
    assert raised.value.remedy == "Set synthesize.teacher.recordings to the cache/ folder of a build with one teacher."
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(InputError) as raised:
        ReplayTeacher(ReplayOptions(recordings=str(tmp_path), batch_size=2))
    assert raised.value.message == f"The recording {tmp_path}/a.json is damaged (JSONDecodeError)."
    assert raised.value.remedy == "Remove it; its requests will then fail."


@pytest.mark.parametrize(("key", "is_refused"), [("key-of-8", True), ("key-of7", False)])
def test_check_teacher_takes_a_value_of_eight_characters_for_a_key(
    monkeypatch: pytest.MonkeyPatch, key: str, is_refused: bool
) -> None:
    monkeypatch.setenv("LONGDOC_TEST_KEY", f" {key} ")
    teacher = server_recipe("http://host/v1", model=f"x-{key}")
    recipe = SynthesizeRecipe(teacher=teacher, written=WrittenRecipe(tasks=("qa",)))
    if not is_refused:
        check_teacher(recipe)
        return
    with pytest.raises(RecipeError) as raised:
        check_teacher(recipe)
    assert raised.value.message == (
        "synthesize.teacher.model contains the key from the environment variable LONGDOC_TEST_KEY."
    )
    assert raised.value.remedy == "Remove the key from the recipe; it is read from the environment."


@pytest.mark.parametrize(
    ("base_url", "message", "remedy"),
    [
        (
            "ftp://host/v1",
            "synthesize.teacher.base_url is 'ftp://host/v1', which is not an http URL.",
            "Give the server's address up to and including /v1, such as http://127.0.0.1:8000/v1.",
        ),
    ],
)
def test_open_teacher_refuses_an_address_with_a_remedy(base_url: str, message: str, remedy: str) -> None:
    with pytest.raises(RecipeError) as raised:
        open_teacher(server_recipe(base_url), seed=1)
    assert (raised.value.message, raised.value.remedy) == (message, remedy)


def test_key_that_no_header_carries_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONGDOC_TEST_KEY", "a\nb")
    with pytest.raises(InputError) as raised:
        open_teacher(server_recipe("http://host/v1"), seed=1)
    assert raised.value.message == (
        "The key in the environment variable LONGDOC_TEST_KEY has characters that no HTTP header can carry."
    )
    assert raised.value.remedy == "Set it again, with ASCII letters, digits and signs only and without line breaks."
