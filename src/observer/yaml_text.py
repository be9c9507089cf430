"""YAML text to plain data with the line of every value; refuses what YAML would silently lose."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from observer.errors import ContentError, Problem

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """Plain data (mappings, lists, scalars) and the line, counted from 1, of each place in it."""

    data: object
    lines: dict[Place, int]

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest place around it that the text has."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def parse_document(text: str, path: str) -> Document:
    """Reads one YAML document; raises ContentError for broken syntax, aliases and repeated keys."""
    try:
        loader = yaml.SafeLoader(text)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ContentError.one(path, line, f"not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise ContentError.one(path, None, f"not YAML: {error}") from error
    if root is None:
        raise ContentError.one(path, 1, "the file is empty")
    reader = _Reader(path)
    data = reader.value(root, ())
    if reader.problems:
        raise ContentError(reader.problems)
    return Document(data, reader.lines)


class _Reader:
    """Walks the nodes once, so that lines and data cannot differ."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.lines: dict[Place, int] = {}
        self.problems: list[Problem] = []
        self._seen: set[int] = set()
        self._scalars = yaml.constructor.SafeConstructor()

    def value(self, node: yaml.Node, place: Place) -> object:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, line)
        if id(node) in self._seen:
            self.problems.append(Problem(self.path, line, "anchors and aliases are not allowed", "write it out"))
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*place, index)) for index, child in enumerate(node.value)]
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 - the only other node of the library
        return self._mapping(node, place)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, object]:
        data: dict[str, object] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in data:
                self.problems.append(Problem(self.path, line, f"key '{key}' is given twice"))
            self.lines[(*place, key)] = line
            data[key] = self.value(value_node, (*place, key))
        return data

    def _scalar(self, node: yaml.ScalarNode, line: int) -> object:
        try:
            return self._scalars.construct_object(node)
        except (ValueError, yaml.YAMLError) as error:
            self.problems.append(Problem(self.path, line, f"'{node.value}' cannot be read: {error}"))
            return None
