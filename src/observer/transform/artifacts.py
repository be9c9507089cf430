"""The files that dbt leaves behind: the manifest once a build, and in one go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def manifest_once() -> Iterator[None]:
    """While the block lasts, dbt writes no manifest after it has read the project, only after the models were made.

    It writes JSON piece by piece in Python, which takes longer than the models of a build that changes little: here
    the encoder in C writes a file as one text.
    """
    # What writes the manifest at the end has to know the writer before it is put away.
    import dbt.task.runnable  # noqa: F401
    from dbt.artifacts.schemas import base
    from dbt.parser import manifest

    writer: Any = base
    parser: Any = manifest
    write_json, write_manifest = writer.write_json, parser.write_manifest
    writer.write_json, parser.write_manifest = _write_json, lambda *_: None
    try:
        yield
    finally:
        writer.write_json, parser.write_manifest = write_json, write_manifest


def _write_json(path: str, content: object) -> bool:
    from dbt_common.utils.encoding import JSONEncoder

    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps(content, cls=JSONEncoder), encoding="utf-8")
    return True
