"""Git as a source: history, people, refs and line counts of repositories, by address or local path."""

from observer.connectors.sources.git.source import GitSource

__all__ = ["GitSource"]
