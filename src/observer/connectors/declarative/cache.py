"""Answers of earlier runs with their validators, kept in a folder, so that an unchanged resource costs no body."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_KEPT_HEADERS = ("content-type", "etag", "last-modified", "link", "date")


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept answer: status 200, the headers that matter, the unpacked body."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def validators(self) -> dict[str, str]:
        """The headers of a conditional request for this answer."""
        asked = {"If-None-Match": self.headers.get("etag"), "If-Modified-Since": self.headers.get("last-modified")}
        return {name: value for name, value in asked.items() if value}


class HttpCache:
    """Kept answers by request. Losing the folder costs requests, nothing else; a damaged file is as good as none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> Kept | None:
        """The kept answer of a request, if there is one and it is whole."""
        try:
            head, _, packed = self._path(key).read_bytes().partition(b"\n")
            meta = json.loads(head)
            body = zlib.decompress(packed)
        except (OSError, ValueError, zlib.error):
            return None
        if meta.get("key") != key or meta.get("sha256") != hashlib.sha256(body).hexdigest():
            return None
        return Kept(meta["headers"], body)

    def keep(self, key: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Keeps an answer in the place of an older one, and says whether it can be asked for conditionally."""
        kept = {name: headers[name] for name in _KEPT_HEADERS if headers.get(name)}
        meta = {"key": key, "headers": kept, "sha256": hashlib.sha256(body).hexdigest()}
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        with os.fdopen(handle, "wb") as file:
            file.write(json.dumps(meta).encode() + b"\n" + zlib.compress(body, 1))
        Path(name).replace(path)
        return bool({"etag", "last-modified"} & kept.keys())

    def drop(self, key: str) -> None:
        """Forgets the answer to a request."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        digest = hashlib.sha256(key.encode()).hexdigest()
        return self._folder / digest[:2] / digest[2:]


def cache_key(method: str, url: str, accept: str, credentials: str) -> str:
    """The identity of a request. Answers to different credentials are kept apart; the credentials are only hashed."""
    secret = hashlib.sha256(credentials.encode()).hexdigest()[:16] if credentials else ""
    return "\n".join((method, url, accept, secret))
