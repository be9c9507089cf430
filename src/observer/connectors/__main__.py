"""`python -m observer.connectors NAME spec|check|discover|read ...`: a source of ours as an Airbyte executable."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from observer.connectors.protocol import serve
from observer.connectors.registry import Registry
from observer.errors import ConfigError

_FOLDER = "--connectors"


def main(arguments: list[str]) -> int:
    """Runs the named source; 2 for wrong usage.

    Manifests are looked for in `connectors` below the current folder, or in the folder after `--connectors`.
    """
    folder = Path("connectors")
    if arguments[:1] == [_FOLDER] and len(arguments) > 1:
        folder, arguments = Path(arguments[1]), arguments[2:]
    # Streams of one run share their answers; a platform that runs executables keeps no folder for the next one.
    with tempfile.TemporaryDirectory(prefix="observer-http-") as cache:
        registry = Registry(manifests=folder if folder.is_dir() else None, cache=Path(cache))
        if not arguments:
            names = ",".join(registry.names())
            print(f"usage: python -m observer.connectors [{_FOLDER} FOLDER] {{{names}}} COMMAND", file=sys.stderr)
            return 2
        try:
            source = registry.source(arguments[0])
        except ConfigError as error:
            print(error, file=sys.stderr)
            return 2
        return serve(source, arguments[1:], sys.stdout.buffer)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
