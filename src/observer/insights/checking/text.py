"""Checks of what an item says: explanation, attribution, links, secrets, addresses of people, outputs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from observer.errors import Problem
from observer.insights.code import code_cells, explanation
from observer.insights.front_matter import notebook_cells
from observer.insights.item import Item
from observer.insights.kind import ItemKind

ATTRIBUTION = "Powered by Open Source Observer"
MIN_WORDS = 40
"""How many words explain an item at least, beside its front matter."""

PARTS = ("set-up", "query", "transform", "analyse", "export")
"""The headings of a notebook template, in order."""

TEXT_SUFFIXES = frozenset([".md", ".ipynb", ".py", ".sql", ".yaml", ".yml", ".csv", ".json", ".txt", ".svg", ".html"])

_LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+[\"'][^)]*)?\)")
_BARE = re.compile(r"(?<![\w(\"'<=])https?://[^\s<>\"')\]]*")
_EMAIL = re.compile(r"[\w.+-]+@(?!example\.)[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b", re.IGNORECASE)
_NO_ADDRESS = ("git@", "users.noreply.github.com")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
_SECRETS = {
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_[A-Za-z0-9_]{40,}",
    "an API key of an observatory": r"\boso_live_[A-Za-z0-9_-]{16,}",
    "an AWS key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a Google key": r"\bAIza[A-Za-z0-9_-]{35}\b",
    "a Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a password in an address": r"\b[a-z][a-z0-9+.-]*://[^\s/:@\"']+:[^\s/@\"']{3,}@",
    "a secret": r"(?i)\b(?:api[_-]?key|secret|token|passw(?:or)?d)\b[\"']?\s*[:=]\s*[\"'][A-Za-z0-9+/_\-=.]{16,}[\"']",
}
_PATTERNS = {name: re.compile(pattern) for name, pattern in _SECRETS.items()}


def check_explanation(item: Item) -> Iterator[Problem]:
    """There is text that explains the item, and a notebook template has its five parts."""
    text = explanation(item)
    words = len(re.findall(r"\w+", text))
    if words < MIN_WORDS:
        yield _problem(item, item.body_line, f"the explanation has {words} words", _EXPLAIN, "explanation")
    if item.kind is ItemKind.TEMPLATE:
        headings = [h.strip().lower() for h in re.findall(r"^##\s+(?:\d\.\s*)?(.+)$", text, re.MULTILINE)]
        missing = [part for part in PARTS if not any(heading.startswith(part) for heading in headings)]
        if missing:
            what = f"the template lacks the part{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
            yield _problem(item, None, what, "give each part a heading: ## Set-up, ## Query, ...", "parts")


def check_attribution(item: Item) -> Iterator[Problem]:
    """What is published says what it is powered by."""
    if ATTRIBUTION.lower() not in explanation(item).lower():
        yield _problem(
            item, item.body_line, f"'{ATTRIBUTION}' is not said", "write it below the explanation", "attribution"
        )


def check_links(item: Item) -> Iterator[Problem]:
    """Links to files lead somewhere inside the library, links to the web are whole and encrypted."""
    for number, line in enumerate(_lines(item), start=1):
        targets = {match[1] for match in _LINK.finditer(line)} | {
            match[0].rstrip(".,;:!?") for match in _BARE.finditer(line)
        }
        for target in sorted(targets):
            fault = _link_fault(item, target)
            if fault:
                yield _problem(item, number, f"the link '{target[:100]}' {fault[0]}", fault[1], "link")


def check_secrets(item: Item) -> Iterator[Problem]:
    """No file of the item holds what looks like a secret or somebody's e-mail address."""
    for path in item.files:
        if path.suffix not in TEXT_SUFFIXES:
            continue
        place = path.relative_to(item.root).as_posix()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            for name, pattern in _PATTERNS.items():
                if pattern.search(line):
                    hint = "remove it, and revoke it: whoever cloned the repository has it"
                    yield Problem(place, number, f"this looks like {name}", hint, "secret")
            found = _EMAIL.search(line)
            if found and not any(word in line[max(0, found.start() - 4) : found.end()] for word in _NO_ADDRESS):
                hint = "remove it, or replace it by its hash; authors are named by a page on the web"
                yield Problem(place, number, "this is an e-mail address", hint, "e-mail")


def check_outputs(item: Item) -> Iterator[Problem]:
    """Notebooks come without outputs: the gallery shows those of the last verified run."""
    if item.path.suffix != ".ipynb":
        return
    cells = notebook_cells(item.path.read_text(encoding="utf-8"), item.place)
    full = [
        n for n, cell in enumerate(cells, start=1) if cell.get("outputs") or cell.get("execution_count") is not None
    ]
    if full:
        hint = f"run: observer insights check --strip {item.place}"
        yield _problem(item, None, f"cell {full[0]} and {len(full) - 1} more have outputs", hint, "outputs")


def check_code(item: Item) -> Iterator[Problem]:
    """Code compiles, and does not install packages or leave the notebook for a shell."""
    for cell in code_cells(item):
        where = f"cell {cell.number}: " if cell.number else ""
        shell = [
            line.strip()
            for line in cell.source.splitlines()
            if re.match(r"\s*(!|%%?(bash|sh|pip|conda|system)\b)", line)
        ]
        if shell:
            hint = "there is no shell in the sandbox; use the packages that are there"
            yield _problem(item, None, f"{where}'{shell[0][:60]}' leaves Python", hint, "shell")
            continue
        plain = "\n".join("pass" if line.startswith("%") else line for line in cell.source.splitlines())
        try:
            compile(plain, item.path.name, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            line = error.lineno if isinstance(error, SyntaxError) and not cell.number else None
            yield _problem(item, line, f"{where}not Python: {error.args[0]}", "run the notebook from its top", "syntax")


def strip_outputs(path: Path) -> bool:
    """Removes the outputs from a notebook file; False where there were none."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    before = json.dumps(notebook)
    for cell in notebook_cells(json.dumps(notebook), path.name):
        if cell["cell_type"] == "code":
            place = next(n for n, own in enumerate(notebook["cells"]) if own == cell)
            notebook["cells"][place] |= {"outputs": [], "execution_count": None}
    if json.dumps(notebook) == before:
        return False
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return True


_EXPLAIN = f"say in at least {MIN_WORDS} words what was done, what came out, and what it does not say"


def _lines(item: Item) -> list[str]:
    text = item.path.read_text(encoding="utf-8")
    if item.path.suffix == ".ipynb":
        # One line of a cell is one line of the file, as a JSON string.
        return [line.replace('\\"', '"').replace("\\n", " ") for line in text.splitlines()]
    return text.splitlines()


def _link_fault(item: Item, target: str) -> tuple[str, str] | None:
    if target.startswith("#"):
        return None
    parts = urlsplit(target)
    if parts.scheme == "http":
        return "is not encrypted", "write https://"
    if parts.scheme == "https":
        is_whole = bool(parts.hostname and _HOST.fullmatch(parts.hostname)) and not parts.username
        return None if is_whole else ("is no address", "give a whole address, https://host/path")
    if parts.scheme or target.startswith("//"):
        return "leads elsewhere than to the web", "link to https:// or to a file of the library"
    path = (item.path.parent / parts.path).resolve()
    if not path.is_relative_to(item.root.resolve()):
        return "leads out of the library", "link to files below insights/ alone, or to https://"
    return None if path.exists() else ("leads to no file", "correct the path, which begins at the item's own folder")


def _problem(item: Item, line: int | None, what: str, hint: str, code: str) -> Problem:
    return Problem(item.place, line, what, hint, code)
