"""What a structural task declares, and which of its numbers its version knows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.domains import domain_names
from pipeline.languages import language_rules
from pipeline.synthesize.structural import task as module
from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.structural.task import Form, Preference, StructuralTask, thresholds_in
from pipeline.synthesize.tasks import forms_by_name, structural_tasks, task_names


def test_tasks_of_the_package_are_found_by_the_names_of_their_files_in_their_order() -> None:
    tasks = structural_tasks()
    assert len(tasks) >= 17
    assert {task.name for task in tasks} == set(task_names())
    assert [task.order for task in tasks] == sorted({task.order for task in tasks})
    assert {domain for task in tasks for domain in task.finds} == set(domain_names())
    assert sum(len(task.forms) for task in tasks) == len(forms_by_name()) > 70


def test_forms_of_a_task_are_named_after_it() -> None:
    with pytest.raises(ValueError, match=r"forms of the task toy must be named toy\.SOMETHING"):
        StructuralTask(name="toy", finds={}, forms=(Form("other.one", {}),))
    with pytest.raises(ValueError, match="forms of the task toy"):
        StructuralTask(name="toy", finds={}, forms=())


def test_task_of_an_unknown_domain_is_refused() -> None:
    nothing = Findings(facts=(), unasked=())
    with pytest.raises(ValueError, match="the task toy serves unknown domains: poem"):
        StructuralTask(name="toy", finds={"poem": lambda reading: nothing}, forms=(Form("toy.one", {}),))


def test_wordings_of_a_language_come_before_those_of_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    form = Form("toy.one", {"en": ("the task's?",)})
    assert form.wordings_in("en") == ("the task's?",)
    assert form.wordings_in("ko") == ()
    own = replace(language_rules("en"), questions={"toy.one": ("its own?",)})
    monkeypatch.setattr(module, "language_rules", lambda language: own)
    assert form.wordings_in("en") == ("its own?",)


def test_trivial_forms_are_look_ups_and_are_chosen_last() -> None:
    trivial = {name for name, form in forms_by_name().items() if form.is_trivial}
    assert trivial == {"clause.title", "clause.number", "speaker.who", "speaker.when"}
    assert max(Preference) is Preference.TRIVIAL


def test_thresholds_are_the_numbers_that_a_module_names_itself() -> None:
    names = {"__name__": "a.b.toy", "_MAX": 3, "_SHARE": 0.5, "ROOT": -1, "_WORD": "x", "_max": 4}
    assert thresholds_in(names, {"__name__": "shared", "_MAX": 9}) == {"toy_max": 3, "toy_share": 0.5, "shared_max": 9}
