"""Opaque ids of entities: pure functions of their names, in the two historic forms."""

from __future__ import annotations

import base64
import hashlib


def entity_id(*parts: str) -> str:
    """The primary id: standard base64 of SHA-256 of the concatenated parts, 44 characters.

    Parts are (source, namespace, name), for instance ("OSS_DIRECTORY", "oso", "uniswap") for a project,
    ("GITHUB", owner, repository) for a repository and ("OSO", "oso", metric name) for a metric.
    There is no separator, so ("AB", "C") and ("A", "BC") collide; kept for compatibility.
    """
    return base64.b64encode(_digest(parts)).decode("ascii")


def legacy_id(*parts: str) -> str:
    """The 2024 id: URL-safe base64 of the same digest, padding kept.

    Parts are ("oso", name) for projects and collections, (SOURCE, source id in lower case) for artifacts.
    """
    return base64.urlsafe_b64encode(_digest(parts)).decode("ascii")


def _digest(parts: tuple[str, ...]) -> bytes:
    return hashlib.sha256("".join(parts).encode("utf-8")).digest()
