"""RULER's prompts, written out: what NVIDIA/RULER's own generators write but for keys, values, and number of units."""

from __future__ import annotations

import re
from collections import Counter

from generated_checks import asked_of, score_of, text_of

from pipeline.evaluate.haystacks.niah import Haystack, NeedleKind, NeedleTask, needle_prompt

NOISE = "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again."


def test_single_needle_is_asked_in_the_published_words() -> None:
    prompt = needle_prompt(NeedleTask("niah_single_1", Haystack.NOISE), seed=1, sample=0)(2)
    (value,) = prompt.gold
    key = re.findall(r"for (\S+-\S+) is:", text_of(prompt))[0]
    needle = f"One of the special magic numbers for {key} is: {value}."
    lines = [NOISE, NOISE]
    lines.insert(round((prompt.depth or 0) * 2), needle)
    assert re.fullmatch(r"[1-9]\d{6}", value)
    assert text_of(prompt) + prompt.answer_start == (
        "A special magic number is hidden within the following text. Make sure to memorize it. "
        "I will quiz you about the number afterwards.\n"
        f"{lines[0]}\n{lines[1]}\n{lines[2]}\n"
        f"What is the special magic number for {key} mentioned in the provided text?"
        f" The special magic number for {key} mentioned in the provided text is"
    )
    assert prompt.proof == (needle,) and prompt.max_answer_tokens == 128


def test_needle_among_needles_hides_in_lines_like_itself() -> None:
    task = NeedleTask("niah_multikey_3", Haystack.NEEDLES, keys=NeedleKind.UUIDS, values=NeedleKind.UUIDS)
    prompt = needle_prompt(task, seed=1, sample=0)(40)
    first, *lines, question = text_of(prompt).split("\n")
    uuid = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    found = [re.fullmatch(rf"One of the special magic uuids for ({uuid}) is: ({uuid})\.", line) for line in lines]
    pairs = {match.group(1): match.group(2) for match in found if match}
    (key,) = re.findall(uuid, question)
    assert first == (
        "A special magic uuid is hidden within the following text. Make sure to memorize it. "
        "I will quiz you about the uuid afterwards."
    )
    assert question == f"What is the special magic uuid for {key} mentioned in the provided text?"
    assert len(pairs) == len(lines) == 41 and prompt.gold == (pairs[key],)


def test_haystack_of_needles_begins_alike_at_all_lengths_and_never_repeats_the_asked_key() -> None:
    make = needle_prompt(NeedleTask("niah_multikey_2", Haystack.NEEDLES), seed=1, sample=0)
    short, long = (text_of(make(number)).split("\n")[1:-1] for number in (50, 2000))
    proof = make(50).proof[0]
    assert long.count(proof) == short.count(proof) == 1
    assert [line for line in long if line != proof][:50] == [line for line in short if line != proof]
    key = proof.split(" is: ")[0]
    assert sum(line.startswith(key + " ") for line in long) == 1


def test_four_values_of_one_key_are_asked_for_together() -> None:
    (prompt,) = asked_of("niah_multivalue", 1024, samples=1).prompts
    (key,) = set(re.findall(r"magic numbers for (\S+) is: \d", text_of(prompt)))
    assert text_of(prompt).startswith(
        "Some special magic numbers are hidden within the following text. Make sure to memorize it. "
        "I will quiz you about the numbers afterwards.\n"
    )
    assert text_of(prompt).endswith(
        f"\nWhat are all the special magic numbers for {key} mentioned in the provided text?"
    )
    assert prompt.answer_start == f" The special magic numbers for {key} mentioned in the provided text are"
    assert len(set(prompt.gold)) == 4
    assert score_of("niah_multivalue", prompt, f"{prompt.gold[2]} and {prompt.gold[0]}") == 0.5


def test_four_keys_are_listed_in_the_question() -> None:
    (prompt,) = asked_of("niah_multiquery", 1024, samples=1).prompts
    of_key = dict(re.findall(r"magic numbers for (\S+) is: (\d{7})", text_of(prompt)))
    a, b, c, d = re.findall(r"[a-z]+-[a-z]+", text_of(prompt).rsplit("\n", 1)[1])
    assert text_of(prompt).endswith(
        f"\nWhat are all the special magic numbers for {a}, {b}, {c}, and {d} mentioned in the provided text?"
    )
    assert prompt.gold == tuple(of_key[key] for key in (a, b, c, d))


def test_variable_tracking_has_a_worked_example_and_a_chain_of_five_variables() -> None:
    (prompt,) = asked_of("vt", 2048, samples=1).prompts
    example, question = text_of(prompt).split("\n\nMemorize")
    chain = [line for line in question.split("\n") if line.startswith("VAR")]
    value = chain[0].rsplit(" ", 1)[1]
    names = [line.split()[1] for line in chain]
    assert chain == [f"VAR {names[0]} = {value}"] + [f"VAR {names[at]} = VAR {names[at - 1]} " for at in range(1, 5)]
    assert prompt.gold == tuple(names) and all(re.fullmatch("[A-Z]{5}", name) for name in names)
    assert ("Memorize" + question + prompt.answer_start).replace(f"{NOISE}\n", "") == (
        "Memorize and track the chain(s) of variable assignment hidden in the following text.\n\n"
        + "\n".join(chain)
        + f"\nQuestion: Find all variables that are assigned the value {value} in the text above."
        " Answer: According to the chain(s) of variable assignment in the text above, "
        f"5 variables are assigned the value {value}, they are: "
    )
    shown = re.findall(r"^VAR ([A-Z]{3}) =", example, re.MULTILINE)
    assert len(shown) == 5 and example.endswith(f", they are:  {' '.join(shown)}")


def test_common_words_stand_thirty_times_and_others_three_times() -> None:
    (prompt,) = asked_of("cwe", 4096, samples=1).prompts
    example, listed, question = text_of(prompt).split("\nBelow is a numbered list")[1].split("\n"), None, None
    _, listed, question = example
    words = re.findall(r"(\d+)\. (\S+)", listed)
    assert [int(number) for number, _ in words] == list(range(1, len(words) + 1))
    counts = Counter(word for _, word in words)
    assert {word for word, number in counts.items() if number == 30} == set(prompt.gold) and len(prompt.gold) == 10
    assert set(counts.values()) == {30, 3}
    assert question + prompt.answer_start == (
        "Question: What are the 10 most common words in the above list?"
        " Answer: The top 10 words that appear most often in the list are:"
    )
    head = text_of(prompt).split("\n")
    assert head[0] == (
        "Below is a numbered list of words. In these words, some appear more often than others. "
        "Memorize the ones that appear most often."
    )
    shown = Counter(word for _, word in re.findall(r"(\d+)\. (\S+)", head[1]))
    common = [word for word, number in shown.items() if number == 10]
    assert len(common) == 10 and set(shown.values()) == {10, 3}
    assert set(re.findall(r"\d+\. (\S+)", head[2].split("list are: ")[1])) == set(common)


def test_common_words_of_short_lists_stand_six_times() -> None:
    (prompt,) = asked_of("cwe", 2048, samples=1).prompts
    listed = text_of(prompt).split("\n")[-2]
    counts = Counter(re.findall(r"\d+\. (\S+)", listed))
    assert {word for word, number in counts.items() if number == 6} == set(prompt.gold)
    assert set(counts.values()) == {6, 1}


def test_long_list_continues_with_made_up_words() -> None:
    (prompt,) = asked_of("cwe", 65536, samples=1).prompts
    counts = Counter(re.findall(r"\d+\. (\S+)", text_of(prompt).split("\n")[-2]))
    assert len(counts) > 1172 and set(counts.values()) == {30, 3}


def test_frequent_words_follow_a_zeta_distribution() -> None:
    (prompt,) = asked_of("fwe", 4096, samples=1).prompts
    text = text_of(prompt)
    start = (
        "Read the following coded text and track the frequency of each coded word. "
        "Find the three most frequently appeared coded words. "
    )
    end = (
        "\nQuestion: Do not provide any explanation. Please ignore the dots '....'. "
        "What are the three most frequently appeared words in the above coded text?"
    )
    assert text.startswith(start) and text.endswith(end)
    counts = Counter(text.removeprefix(start).removesuffix(end).split(" "))
    ranked = [word for word, _ in counts.most_common(4)]
    assert ranked == ["...", *prompt.gold]
    assert [round(counts[word] / counts["..."], 2) for word in prompt.gold] == [0.25, 0.11, 0.06]
    assert prompt.answer_start == (
        " Answer: According to the coded text above, the three most frequently appeared words are:"
    )


def test_frequent_words_of_a_short_text_are_clear_or_left_out() -> None:
    num_left_out = 0
    for length in range(180, 700, 40):
        asked = asked_of("fwe", length, samples=3)
        num_left_out += asked.skipped.get("length_too_short", 0)
        assert len(asked.prompts) + asked.skipped.get("length_too_short", 0) == 3
        for prompt in asked.prompts:
            counts = Counter(prompt.proof[0].split())
            assert {word for word, _ in counts.most_common(4)} == {"...", *prompt.gold}
            assert sorted(counts.values())[-4] > (sorted(counts.values())[-5:-4] or [0])[0]
    assert 0 < num_left_out < 20
