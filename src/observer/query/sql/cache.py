"""Remembers answers: a release never changes, so the same query over it has the same answer."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from observer.query.sql.question import Answer


class AnswerCache:
    """The answers used last, up to `size` bytes altogether; none that is longer than an eighth of it."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held = 0
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()

    def get(self, key: Hashable) -> Answer | None:
        """The answer to a question asked before."""
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer

    def put(self, key: Hashable, answer: Answer) -> None:
        """Remembers an answer that lasts."""
        if not answer.is_lasting or len(answer.body) * 8 > self._size or key in self._answers:
            return
        self._answers[key] = answer
        self._held += len(answer.body)
        while self._held > self._size:
            _, oldest = self._answers.popitem(last=False)
            self._held -= len(oldest.body)
