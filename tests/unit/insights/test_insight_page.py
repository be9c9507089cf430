"""What contributed text and outputs may do on a page: nothing."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import Any

import html5lib
import pytest
from tests.unit.insights.test_insight_item import front, notebook

from observer.insights.item import Item, read_item
from observer.insights.numbers import Numbers, differences, read_numbers
from observer.insights.page import clean, page_html
from observer.insights.sandbox.job import Cell, Job
from observer.insights.sandbox.process import Sandbox

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://tracker.example/pixel.png'>",
    "<svg><script>alert(1)</script></svg>",
    "<svg onload=alert(1)>",
    "<iframe src='https://example.org'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='//example.org'>x</a>",
    "<div style='position:fixed;inset:0'>x</div>",
    "<style>body{display:none}</style>",
    "<link rel=stylesheet href='https://example.org/x.css'>",
    "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "<base href='https://example.org/'>",
    "<form action='https://example.org'><input name=a><button>x</button></form>",
    "<object data='x'></object><embed src='x'>",
    "<math><mtext></mtext><mglyph><style></math><img src onerror=alert(1)></style></mglyph></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<table><td><a href='https://example.org' onclick='alert(1)' target='_top'>x</a></td></table>",
    "<details ontoggle=alert(1) open>x</details>",
    "<video src=x onerror=alert(1)></video><audio src=x></audio>",
    "<p class='hidden top'>x</p><p id='main'>x</p>",
)
HOLDING = {
    "a",
    "img",
    "table",
    "tbody",
    "thead",
    "tr",
    "td",
    "th",
    "p",
    "div",
    "span",
    "pre",
    "code",
    "details",
    "summary",
}
HARMLESS = HOLDING | {"html", "head", "body", "h1", "h2", "h3", "ul", "li", "em", "strong", "br"}


def faults(html: str) -> list[str]:
    """Everything in a document that could run, load or cover something, as a browser's parser sees it."""
    found = []
    for element in html5lib.parse(html, namespaceHTMLElements=False).iter():
        if element.tag not in HARMLESS:
            found.append(f"<{element.tag}>")
        for name, value in element.attrib.items():
            is_link = name == "href" and value.startswith(("https://", "#"))
            is_picture = name == "src" and value.startswith(("data:image/png;base64,", "data:image/svg+xml;base64,"))
            is_class = name == "class" and set(value.split()) <= {"cell", "code", "output", "scroll", "warn", "muted"}
            is_reached = (element.tag, name, value) == ("pre", "tabindex", "0")
            is_plain = name in ("alt", "title", "rel", "colspan", "rowspan", "scope")
            if not (is_link or is_picture or is_class or is_reached or is_plain):
                found.append(f"{element.tag} {name}={value}")
    return found


def item(tmp_path: Path, text: str, *code: str) -> Item:
    path = tmp_path / "community" / "notebooks" / "a.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook(front() + text, *code))
    return read_item(path, tmp_path)


def test_the_check_of_this_test_sees_the_payloads() -> None:
    assert all(faults(payload) for payload in PAYLOADS)


def test_code_that_is_too_wide_can_be_scrolled_by_keyboard() -> None:
    html = clean('<pre tabindex="7">x</pre><p tabindex="0">y</p>')
    assert html == '<pre tabindex="0">x</pre><p>y</p>'


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_in_outputs_or_text_runs_loads_or_covers(tmp_path: Path, payload: str) -> None:
    shown: dict[int, list[dict[str, Any]]] = {
        2: [
            {"output_type": "display_data", "data": {"text/html": payload, "text/plain": payload}},
            {"output_type": "display_data", "data": {"text/markdown": payload}},
            {"output_type": "display_data", "data": {"text/plain": payload}},
            {"output_type": "display_data", "data": {"application/javascript": payload}},
            {"output_type": "stream", "name": "stdout", "text": payload},
            {"output_type": "error", "evalue": payload},
        ]
    }

    html = page_html(
        item(tmp_path, f"\n{payload}\n\n[x](javascript:alert(1)) ![x](https://a.example/x.png)\n", payload), shown
    )

    assert faults(html) == []
    assert faults(clean(payload)) == []


def test_a_hostile_notebook_that_was_run_gives_a_harmless_page(tmp_path: Path, sandbox: Sandbox) -> None:
    hostile = "".join(PAYLOADS)
    code = f"from IPython.display import HTML, Javascript, display\ndisplay(HTML({hostile!r}), Javascript('alert(1)'))"
    work = tmp_path / "work"
    work.mkdir()
    outcome = sandbox.run(Job("x", [Cell(2, code)], work))

    html = page_html(item(tmp_path, "\nText.\n", code), outcome.outputs)

    assert outcome.error is None
    assert faults(html) == []
    assert 'class="output"' in html


def test_pictures_are_shown_where_they_are_pictures(tmp_path: Path) -> None:
    def png(width: int, height: int) -> str:
        head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)
        return base64.b64encode(head + bytes(20)).decode()

    outputs = [
        {"output_type": "display_data", "data": {"image/png": png(10, 10)}},
        {"output_type": "display_data", "data": {"image/png": png(60_000, 60_000)}},
        {"output_type": "display_data", "data": {"image/png": base64.b64encode(b"GIF89a" * 20).decode()}},
        {"output_type": "display_data", "data": {"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'/>"}},
        {"output_type": "display_data", "data": {"image/svg+xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><svg/>"}},
    ]

    html = page_html(item(tmp_path, "\nText.\n", "1"), {2: outputs})

    assert html.count("<img") == 2
    assert html.count("cannot be shown") == 3


def test_numbers_are_compared_by_value_within_the_tolerance(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\na,1.0\nb,0.30000000000000004\n")
    (tmp_path / "b.json").write_text(json.dumps({"n": [1, None], "t": "x"}))
    before = read_numbers(tmp_path)
    (tmp_path / "a.csv").write_text("x,y\na,1\nb,0.3\n")
    after = read_numbers(tmp_path)

    assert before.count == 3
    assert differences(before, after, 1e-9) == (0, ())
    assert differences(before, after, 0.0)[0] == 1
    assert Numbers.from_json(json.dumps(before.as_json())).digest == before.digest
    (tmp_path / "a.csv").write_text("x,y\na,2\n")
    assert differences(before, read_numbers(tmp_path), 1e-9)[1] == (
        "a.csv has 2 rows in place of 3",
        "a.csv:2 column 2 is 2 in place of 1",
    )


def test_exports_that_are_too_large_or_broken_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[" * 100_000)
    with pytest.raises(ValueError, match="cannot be read"):
        read_numbers(tmp_path)
    (tmp_path / "a.json").unlink()
    (tmp_path / "link.csv").symlink_to("/etc/passwd")
    with pytest.raises(ValueError, match="exports are at most"):
        read_numbers(tmp_path)
