"""Templates are compiled once in a process, however many environments render them."""

from __future__ import annotations

from threading import Thread

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket


class CompiledTemplates(BytecodeCache):
    """Keeps the code of templates in memory; environments that share it must have the same options."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Gives the code, if the template was compiled from this very source."""
        code = self._code.get(bucket.key)
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Remembers the code."""
        self._code[bucket.key] = bucket.bytecode_to_string()


def compile_all(environment: Environment) -> Thread:
    """Compiles all templates beside what else the process does, so that the first reader need not wait for it."""

    def work() -> None:
        for name in environment.list_templates():
            environment.get_template(name)

    thread = Thread(target=work, name="observer templates", daemon=True)
    thread.start()
    return thread
