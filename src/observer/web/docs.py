"""The guides and the reference that come with the package: read once, linked with each other, found by their words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

SECTIONS = ("guides", "reference")
_TITLE = re.compile(r"\A\s*#\s+([^\n]+)")
_COMMENT = re.compile(r"\A\s*<!--.*?-->\s*", re.DOTALL)
_WORD = re.compile(r"\w+")
_PARAGRAPH = re.compile(r"\A\s*#[^\n]*\n+((?:[^\n]+\n?)+)")


@dataclass(frozen=True, slots=True)
class Document:
    """One page of Markdown; `name` is its address below /docs."""

    name: str
    section: str
    title: str
    summary: str
    text: str


class Library:
    """The documents of a folder with a subfolder for each section."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = tuple(documents)
        self._by_name = {document.name: document for document in documents}
        self._words = {document.name: document.text.lower() for document in documents}

    @classmethod
    def read(cls, folder: Path | None) -> Library:
        """The documents of the folder, the guides first; none where there is no folder."""
        if folder is None:
            return cls(())
        files = [(section, file) for section in SECTIONS for file in sorted((folder / section).glob("*.md"))]
        taken: set[str] = set()
        documents = []
        for section, file in files:
            # Two sections may describe the same thing: the reference's page then says so in its name.
            name = file.stem if file.stem not in taken else f"{section}-{file.stem}"
            taken.add(name)
            documents.append(_document(name, section, _COMMENT.sub("", file.read_text(encoding="utf-8"))))
        return cls(documents)

    def find(self, name: str) -> Document | None:
        return self._by_name.get(name)

    def address(self, document: Document, link: str) -> str | None:
        """Where a link of a document leads on the site; None for files that have no page."""
        path, _, anchor = link.partition("#")
        if not path:
            return f"#{anchor}"
        target = PurePosixPath(path)
        if target.name == "README.md" and target.parent.parent.name == "connectors":
            return f"/connectors/{target.parent.name}"
        section = target.parent.name or document.section
        for name in (f"{section}-{target.stem}", target.stem):
            found = self._by_name.get(name)
            if found is not None and found.section == section and target.suffix == ".md":
                return f"/docs/{found.name}" + (f"#{anchor}" if anchor else "")
        return None

    def search(self, text: str, most: int) -> list[Document]:
        """Documents that hold all words of the text, those with the words in their titles first."""
        words = _WORD.findall(text.lower())
        if not words:
            return []
        found = [document for document in self.documents if all(word in self._words[document.name] for word in words)]

        def rank(document: Document) -> tuple[int, int]:
            title = document.title.lower()
            return -sum(word in title for word in words), -sum(self._words[document.name].count(w) for w in words)

        return sorted(found, key=rank)[:most]


def _document(name: str, section: str, text: str) -> Document:
    title, first = _TITLE.search(text), _PARAGRAPH.search(text)
    summary = re.sub(r"[`*]|\[([^\]]+)\]\([^)]*\)", r"\1", first[1]).replace("\n", " ").strip() if first else ""
    return Document(name, section, title[1].strip() if title else name, summary, text)
