"""Markdown of our own content as HTML: no HTML in it is let through, and links lead where the site says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from observer.web.format import shown

_TITLE = re.compile(r"\A\s*#\s[^\n]*\n")
_ENGINE = MarkdownIt("commonmark", {"html": False}).enable("table")
Address = Callable[[str], str | None]


def markdown(text: str, address: Address = lambda _: None) -> Markup:
    """The HTML of a page without its title. Images are left out.

    Links to the web stay; `address` tells where others lead, those it knows none for become words.
    """
    tokens = _ENGINE.parse(_TITLE.sub("", str(shown(text))))
    taken: set[str] = set()
    for place, token in enumerate(tokens):
        if token.type == "inline" and token.children:
            token.children = list(_linked(token.children, address))
        if token.type in ("heading_open", "heading_close") and token.tag == "h1":
            token.tag = "h2"
        if token.type == "heading_open":
            token.attrSet("id", _anchor(tokens[place + 1].content, taken))
    html = _ENGINE.renderer.render(tokens, _ENGINE.options, {}).replace("<pre>", '<pre tabindex="0">')
    # What it renders is escaped; wide tables scroll on their own as everywhere on the site.
    return Markup(html.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>"))  # noqa: S704


def _linked(tokens: Sequence[Token], address: Address) -> Iterator[Token]:
    is_kept: list[bool] = []
    for token in tokens:
        if token.type == "image":
            continue
        if token.type == "link_open":
            link = str(token.attrGet("href") or "")
            target = link if link.startswith(("https://", "http://")) else address(link)
            is_kept.append(target is not None)
            if target is not None:
                token.attrSet("href", target)
                yield token
        elif token.type != "link_close" or is_kept.pop():
            yield token


def _anchor(heading: str, taken: set[str]) -> str:
    """The id of a heading, as on GitHub: small letters, hyphens for blanks; a number where it is taken."""
    base = re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") or "section"
    name, number = base, 1
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    taken.add(name)
    return name
