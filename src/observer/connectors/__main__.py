"""`python -m observer.connectors NAME spec|check|discover|read ...`: a source of ours as an Airbyte executable."""

from __future__ import annotations

import sys

from observer.connectors.protocol import serve
from observer.connectors.registry import Registry
from observer.errors import ConfigError


def main(arguments: list[str]) -> int:
    """Runs the named source; 2 for wrong usage."""
    registry = Registry()
    if not arguments:
        print(f"usage: python -m observer.connectors {{{','.join(registry.names())}}} COMMAND", file=sys.stderr)
        return 2
    try:
        source = registry.source(arguments[0])
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    return serve(source, arguments[1:], sys.stdout.buffer)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
