"""Markdown of our own content as HTML: no HTML in it is let through, and links lead to the web alone."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markupsafe import Markup

_TITLE = re.compile(r"\A\s*#\s[^\n]*\n")
_LOCAL_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?://)[^)\s]*\)")
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")


def markdown(text: str) -> Markup:
    """The HTML of a page without its title. Links to files of the source tree become words, images are left out."""
    body = _LOCAL_LINK.sub(r"\1", _IMAGE.sub("", _TITLE.sub("", text)))
    engine = MarkdownIt("commonmark", {"html": False}).enable("table")
    html = engine.render(body)
    # What it renders is escaped; wide tables scroll on their own as everywhere on the site.
    return Markup(html.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>"))  # noqa: S704
