"""The page of an insight: its text, code and the outputs of its last verified run, as HTML that does nothing.

Everything passes an allow-list at the end, whatever it was before: no script, no style, no form, no frame, no address
but https:// in links, no picture but what stands in the page itself.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from html import escape
from typing import Any

from markdown_it import MarkdownIt

from observer.errors import ContentError
from observer.insights.challenges.page import challenge_html
from observer.insights.code import described
from observer.insights.front_matter import cell_source, notebook_cells
from observer.insights.item import Item
from observer.insights.kind import ItemKind
from observer.insights.picture import is_picture
from observer.insights.reports.spec import is_ecosystem_report

MAX_HTML = 2_000_000
_TAGS = frozenset(
    {
        *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "ul", "ol", "li", "dl", "dt", "dd", "blockquote"),
        *("pre", "code", "em", "strong", "del", "sub", "sup", "a", "img", "figure", "figcaption", "details", "summary"),
        *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "div", "span"),
    }
)
_CLASSES = frozenset({"cell", "code", "output", "scroll", "warn", "muted"})
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
}
_DROPPED = frozenset(["script", "style", "iframe", "object", "embed", "noscript", "template", "svg", "math", "form"])
_PICTURES = ("data:image/png;base64,", "data:image/svg+xml;base64,")
_INTERACTIVE = '<p class="muted">An interactive chart, which is not shown here: open it in a notebook.</p>'
_TITLE = re.compile(r"\A\s*#\s[^\n]*\n")


def page_html(item: Item, outputs: dict[int, list[dict[str, Any]]] | None) -> str:
    """The item as a fragment of HTML; `outputs` are those of a run by number of the cell, None where there was none."""
    parts = list(_notebook(item, outputs)) if item.path.suffix == ".ipynb" else list(_file(item, outputs))
    return clean("\n".join(parts))


def clean(html: str) -> str:
    """The HTML with what is allowed alone."""
    import nh3

    return nh3.clean(
        html[:MAX_HTML],
        tags=set(_TAGS),
        # What scrolls can be reached by keyboard.
        set_tag_attribute_values={"pre": {"tabindex": "0"}},
        clean_content_tags=set(_DROPPED),
        attributes={**_ATTRIBUTES, "div": {"class"}, "p": {"class"}, "details": {"class"}},
        attribute_filter=_attribute,
        url_schemes={"https", "data"},
        link_rel="nofollow noopener ugc",
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if value.startswith(("https://", "#")) else None
    if name == "src":
        return value if value.startswith(_PICTURES) else None
    if name == "class":
        return " ".join(word for word in value.split() if word in _CLASSES) or None
    return value[:300]


def _file(item: Item, outputs: dict[int, list[dict[str, Any]]] | None) -> Iterator[str]:
    text = item.path.read_text(encoding="utf-8")
    if is_ecosystem_report(item):
        yield _code(item.body, "The template that its editions are written from")
        return
    yield _markdown(_TITLE.sub("", item.body))
    if item.kind is ItemKind.CHALLENGE:
        yield from _challenge(item)
    if item.kind is ItemKind.VISUALIZATION:
        yield _code(described(text), "How to use it")
    if item.path.suffix in (".py", ".sql"):
        yield _code(text.split('"""', 2)[-1] if item.path.suffix == ".py" else text.split("*/", 1)[-1])
    yield from _outputs((outputs or {}).get(0, []))


def _challenge(item: Item) -> Iterator[str]:
    try:
        yield challenge_html(item)
    except ContentError as error:
        yield "".join(f'<p class="warn">{escape(str(problem))}</p>' for problem in error.problems)


def _notebook(item: Item, outputs: dict[int, list[dict[str, Any]]] | None) -> Iterator[str]:
    is_first = True
    for number, cell in enumerate(notebook_cells(item.path.read_text(encoding="utf-8"), item.place), start=1):
        if cell["cell_type"] == "markdown":
            text = item.body if is_first else cell_source(cell)
            yield _markdown(_TITLE.sub("", text) if is_first else text)
            is_first = False
        elif cell["cell_type"] == "code":
            yield _code(cell_source(cell))
            yield from _outputs((outputs or {}).get(number, []))


def _markdown(text: str) -> str:
    html: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return html


def _code(text: str, title: str = "Code") -> str:
    lines = text.strip("\n")
    return (
        f'<details class="code"><summary>{title}</summary><pre><code>{escape(lines)}</code></pre></details>'
        if lines
        else ""
    )


def _outputs(outputs: list[dict[str, Any]]) -> Iterator[str]:
    for output in outputs:
        told = _output(output)
        if told:
            yield f'<div class="output">{told}</div>'


def _output(output: dict[str, Any]) -> str | None:
    kind = output.get("output_type")
    if kind == "stream":
        return f"<pre>{escape(str(output.get('text', '')))}</pre>"
    if kind == "error":
        return f'<p class="warn">{escape(str(output.get("evalue", "")))}</p>'
    data = output.get("data")
    if not isinstance(data, dict):
        return None
    for media_type in ("image/svg+xml", "image/png"):
        if media_type in data:
            return _picture(data[media_type], media_type)
    if any(str(name).startswith("application/vnd.") for name in data):
        return _INTERACTIVE
    if "text/html" in data:
        html = clean(str(data["text/html"]))
        return f'<div class="scroll">{html}</div>' if re.sub(r"<[^>]*>", "", html).strip() else _INTERACTIVE
    if "text/markdown" in data:
        return _markdown(str(data["text/markdown"]))
    return f"<pre>{escape(str(data.get('text/plain', '')))}</pre>"


def _picture(given: object, media_type: str) -> str:
    text = "".join(given) if isinstance(given, list) else str(given)
    try:
        content = base64.b64decode(text) if media_type == "image/png" else text.encode("utf-8")
    except ValueError:
        content = b""
    if not is_picture(content, media_type):
        return '<p class="muted">A picture that cannot be shown.</p>'
    encoded = base64.b64encode(content).decode("ascii")
    return f'<img src="data:{media_type};base64,{encoded}" alt="Chart of this cell">'
