"""A bucket that an upstream plays: lists and gives objects as S3's XML API does, and does not look at signatures."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qs, quote
from xml.sax.saxutils import escape

from observer.testing.upstream.server import Asked, Reply, Upstream


class Bucket:
    """A bucket called `name` on an upstream; `page_size` objects come in one list. Its address is `upstream.url`."""

    def __init__(self, upstream: Upstream, name: str, *, page_size: int = 2) -> None:
        self.name = name
        self._upstream = upstream
        self._page_size = page_size
        self._objects: dict[str, bytes] = {}
        upstream.answers[f"/{name}"] = self._list

    def put(self, key: str, body: bytes) -> None:
        """Puts an object in the place of one with this key."""
        self._objects[key] = body
        self._upstream.answers[f"/{self.name}/{key}"] = Reply(200, body, {"Content-Type": "application/octet-stream"})

    def delete(self, key: str) -> None:
        """Takes an object away."""
        del self._objects[key]
        del self._upstream.answers[f"/{self.name}/{key}"]

    def fetched(self) -> list[str]:
        """The keys of the objects that were asked for, in their order."""
        start = f"/{self.name}/"
        return [asked.path.removeprefix(start) for asked in self._upstream.asked if asked.path.startswith(start)]

    def _list(self, asked: Asked) -> Reply:
        query = {name: values[0] for name, values in parse_qs(asked.query, keep_blank_values=True).items()}
        keys = sorted(key for key in self._objects if key.startswith(query.get("prefix", "")))
        start = int(query.get("continuation-token") or 0)
        chosen = keys[start : start + self._page_size]
        is_cut = start + self._page_size < len(keys)
        entries = "".join(
            f"<Contents><Key>{escape(key)}</Key><ETag>&quot;{hashlib.md5(self._objects[key]).hexdigest()}&quot;</ETag>"  # noqa: S324
            f"<Size>{len(self._objects[key])}</Size></Contents>"
            for key in chosen
        )
        following = f"<NextContinuationToken>{start + self._page_size}</NextContinuationToken>" if is_cut else ""
        body = (
            '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{quote(self.name)}</Name><IsTruncated>{str(is_cut).lower()}</IsTruncated>{following}{entries}"
            "</ListBucketResult>"
        )
        return Reply(200, body.encode(), {"Content-Type": "application/xml"})
