"""Pictures out of contributed code, as far as a browser may be given them."""

from __future__ import annotations

MAX_BYTES = 5 * 1024**2
MAX_PIXELS = 4000
_PNG = b"\x89PNG\r\n\x1a\n"


def is_picture(content: bytes, media_type: str) -> bool:
    """Whether the bytes are what the media type says, and not too large to show.

    SVG is only ever shown through `<img>`, where browsers neither run scripts nor load anything.
    """
    if len(content) > MAX_BYTES:
        return False
    if media_type == "image/png":
        if len(content) < 33 or content[:8] != _PNG or content[12:16] != b"IHDR":
            return False
        width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
        return 0 < width <= MAX_PIXELS and 0 < height <= MAX_PIXELS
    return media_type == "image/svg+xml" and b"<svg" in content[:2000] and b"<!ENTITY" not in content
