"""Loads a valid directory into the model."""

from __future__ import annotations

from pathlib import Path

from observer.directory.validate import read, without_collector
from observer.errors import ContentError
from observer.model.directory import Directory


def load_directory(location: str | Path, *, beside: str | Path | None = None) -> Directory:
    """The directory in a folder, an archive (.tar.gz, .tar.xz, .tar, .zip) or a git repository.

    Git repositories are named by https://, ssh://, user@host:path or file:// URLs, optionally after `git+`, and
    may be followed by `#ref` or `#ref:folder`. The content lies in `projects/` and `collections/`, at the top or
    in `data/` or `directory/`. Raises ContentError with every problem of every file; SourceError or
    TransientSourceError when a repository cannot be read.
    """
    with without_collector():
        reading = read(location)
        if reading.problems:
            raise ContentError(reading.problems)
        return reading.directory()
