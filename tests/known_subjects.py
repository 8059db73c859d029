"""Subjects whose abilities are known, served over HTTP: what an evaluation says of them can be checked.

Each one knows the gold answers of all prompts, and decides by the words of the request whether it may use them.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pipeline.evaluate.meter import Meter, plain_text
from pipeline.evaluate.prompt import Prompt, PromptForm, Variant
from pipeline.identity import stable_hash64

TAIL_TOKENS = 2000
"""How much `last_2k` sees of a prompt."""
_WRONG = ("the eleventh of Brumaire", "모릅니다 그것은 열하루째", "7 umbrellas", "violet")

Behaviour = Callable[[Prompt, str, Meter], str]


def oracle(prompt: Prompt, text: str, meter: Meter) -> str:
    """Knows every answer."""
    return ", ".join(prompt.gold)


def guesser(prompt: Prompt, text: str, meter: Meter) -> str:
    """Says something that has nothing to do with the question."""
    return _WRONG[stable_hash64("guess", prompt.key) % len(_WRONG)]


def last_2k(prompt: Prompt, text: str, meter: Meter) -> str:
    """Sees the last 2,000 tokens of a prompt only."""
    seen = meter.last(text, TAIL_TOKENS) if meter.count(text) > TAIL_TOKENS else text
    return oracle(prompt, text, meter) if _is_in(prompt, seen) else guesser(prompt, text, meter)


def blind_to_the_middle(prompt: Prompt, text: str, meter: Meter) -> str:
    """Does not see the middle half of a prompt."""
    quarter = len(text) // 4
    seen = text[:quarter], text[-quarter:]
    known = all(any(part in side for side in seen) for part in prompt.proof) and bool(prompt.proof)
    return oracle(prompt, text, meter) if known else guesser(prompt, text, meter)


def memoriser(prompt: Prompt, text: str, meter: Meter) -> str:
    """Remembers the documents as they were before the evaluation changed them."""
    return prompt.notes.get("original_answer", oracle(prompt, text, meter))


def know_all(prompt: Prompt, text: str, meter: Meter) -> str:
    """Answers questions about documents from general knowledge, whatever it is shown."""
    return oracle(prompt, text, meter)


def reader(prompt: Prompt, text: str, meter: Meter) -> str:
    """Knows what it is shown and nothing else."""
    shown = prompt.variant not in (Variant.NO_DOCUMENT.value,)
    return oracle(prompt, text, meter) if shown else guesser(prompt, text, meter)


BEHAVIOURS: Mapping[str, Behaviour] = {
    one.__name__: one for one in (oracle, guesser, last_2k, blind_to_the_middle, memoriser, know_all, reader)
}


def _is_in(prompt: Prompt, seen: str) -> bool:
    return bool(prompt.proof) and all(part in seen for part in prompt.proof)


@contextmanager
def served(prompts: Sequence[Prompt], meter: Meter) -> Iterator[str]:
    """Serve all behaviours as models of one OpenAI-compatible server; yields its address up to `/v1`.

    A request that is none of the prompts merges the answers about parts of a document; it repeats their question.
    """
    known = {_asked(prompt): prompt for prompt in prompts}
    by_question = {_question(prompt): prompt for prompt in prompts if prompt.is_step}

    def find(text: str) -> Prompt:
        if text in known:
            return known[text]
        return next(prompt for question, prompt in by_question.items() if question in text)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            text = body["prompt"] if "prompt" in body else "\n\n".join(one["content"] for one in body["messages"])
            prompt = find(text)
            answer = BEHAVIOURS[body["model"]](prompt, text, meter)
            self._reply(_completion(answer, is_chat="messages" in body))

        def log_message(self, *args: Any) -> None:
            pass

        def _reply(self, values: Mapping[str, Any]) -> None:
            data = json.dumps(values).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _asked(prompt: Prompt) -> str:
    """Return the words in which a server gets a prompt."""
    between = "\n" if prompt.answer_start and prompt.form is PromptForm.CHAT else ""
    return f"{plain_text(prompt.messages)}{between}{prompt.answer_start}"


def _question(prompt: Prompt) -> str:
    """Return the question of a prompt about a part of a document: the line before the last one."""
    return prompt.messages[-1].content.split("\n")[-2]


def _completion(answer: str, *, is_chat: bool) -> Mapping[str, Any]:
    said = {"message": {"role": "assistant", "content": answer}} if is_chat else {"text": answer}
    return {
        "id": "1",
        "object": "chat.completion" if is_chat else "text_completion",
        "choices": [{"index": 0, "finish_reason": "stop", **said}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
