"""Checks a document against the directory's JSON schemas, with lines and the nearest valid value.

Not a general JSON schema engine: it knows the keywords that our schemas use and refuses to compile others.
The tests hold it against a full engine on real and on mutated documents.
"""

from __future__ import annotations

import difflib
import functools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources

from observer.directory.document import MAX_PROBLEMS, LinedDict, LinedList
from observer.errors import Problem

_PCHAR = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
_NAME_CHAR = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})"
_HOST = rf"(?:\[[0-9A-Fa-f:.]+\]|\[v[0-9A-Fa-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+\]|{_NAME_CHAR}*)"
_URI = re.compile(
    rf"""[A-Za-z][A-Za-z0-9+.\-]* :
    (?: // (?: (?: [A-Za-z0-9\-._~!$&'()*+,;=:] | %[0-9A-Fa-f]{{2}} )* @ )? {_HOST} (?: :[0-9]* )? (?: /{_PCHAR}* )*
      | / (?: {_PCHAR}+ (?: /{_PCHAR}* )* )?
      | {_PCHAR}+ (?: /{_PCHAR}* )*
      | )
    (?: \? (?: {_PCHAR} | [/?] )* )?
    (?: \# (?: {_PCHAR} | [/?] )* )?""",
    re.VERBOSE,
)
_KNOWN_KEYWORDS = frozenset(
    {"$schema", "$id", "$ref", "title", "description", "type", "required", "properties", "additionalProperties"}
    | {"items", "minItems", "enum", "format"}
)
_TYPE_NAMES = {"object": "a mapping", "array": "a list", "string": "text", "number": "a number"}


@dataclass(slots=True)
class Findings:
    """Collects what a check finds in one file; problems refuse the file, remarks do not."""

    path: str
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)

    def refuse(self, line: int, code: str, what: str, hint: str | None = None) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(self.path, line, what, hint, code))

    def remark(self, line: int, code: str, what: str, hint: str | None = None) -> None:
        if len(self.remarks) < MAX_PROBLEMS:
            self.remarks.append(Problem(self.path, line, what, hint, code))


Check = Callable[[object, int, str, Findings], None]
"""Takes a value, its line, what to call it, and where to put findings."""


@functools.cache
def compiled(name: str) -> Check:
    """The check of one schema: project, collection, url, social-profile, blockchain-address or named."""
    return _compile(schema_document(name))


@functools.cache
def schema_document(name: str) -> Mapping[str, object]:
    """One of the JSON schemas, parsed."""
    file = resources.files("observer.directory").joinpath("schemas", f"{name}.json")
    document = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(document, dict):
        raise TypeError(f"schema {name} is not an object")
    return document


def nearest(value: str, known: Iterable[str]) -> str | None:
    """The hint that names the most similar known value, or None where nothing is similar."""
    if len(value) > 64:
        return None
    matches = difflib.get_close_matches(value.lower(), list(known), n=1, cutoff=0.6)
    return f"did you mean '{matches[0]}'?" if matches else None


def is_uri(text: str) -> bool:
    """Whether a text is an absolute URI by RFC 3986, appendix A."""
    return _URI.fullmatch(text) is not None


def _compile(schema: Mapping[str, object]) -> Check:
    unknown = set(schema) - _KNOWN_KEYWORDS
    if unknown:
        raise ValueError(f"schema keywords without a check: {', '.join(sorted(unknown))}")
    if "$ref" in schema:
        return compiled(str(schema["$ref"]).removesuffix("#").removesuffix(".json"))
    if "enum" in schema:
        return _compile_enum(schema)
    kind = schema["type"]
    if kind == "object":
        return _compile_object(schema)
    if kind == "array":
        return _compile_array(schema)
    if kind == "string":
        return _check_uri if schema.get("format") == "uri" else _check_text
    if kind == "number":
        return _check_number
    raise ValueError(f"no check for type {kind}")


def _compile_object(schema: Mapping[str, object]) -> Check:
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        raise TypeError("an object schema lists its properties")
    checks = {key: _compile(value) for key, value in properties.items()}
    required = schema.get("required", [])
    if not isinstance(required, list):
        raise TypeError("required is a list")
    is_closed = schema.get("additionalProperties") is False
    title = str(schema.get("title", "mapping"))

    def check(value: object, line: int, name: str, findings: Findings) -> None:
        if not isinstance(value, dict):
            _wrong_type(value, "object", line, name, findings)
            return
        lines = value.lines if isinstance(value, LinedDict) else {}
        for key in required:
            if key not in value:
                findings.refuse(line, "required", f"{title} has no {key}")
        for key, item in value.items():
            item_check = checks.get(key)
            if item_check is not None:
                item_check(item, lines.get(key, line), key, findings)
            elif is_closed:
                findings.refuse(
                    lines.get(key, line), "unknown-key", f"unknown key '{key}' in {title}", nearest(key, checks)
                )
            else:
                findings.remark(
                    lines.get(key, line), "unknown-key", f"unknown key '{key}' in {title}", nearest(key, checks)
                )

    return check


def _compile_array(schema: Mapping[str, object]) -> Check:
    items = schema["items"]
    if not isinstance(items, dict):
        raise TypeError("an array schema describes its items")
    item_check = _compile(items)
    is_nonempty = bool(schema.get("minItems"))

    def check(value: object, line: int, name: str, findings: Findings) -> None:
        if not isinstance(value, list):
            _wrong_type(value, "array", line, name, findings)
            return
        if is_nonempty and not value:
            findings.refuse(line, "empty", f"{name} is empty", "list at least one")
        lines = value.lines if isinstance(value, LinedList) else [line] * len(value)
        for item, item_line in zip(value, lines, strict=True):
            item_check(item, item_line, name, findings)

    return check


def _compile_enum(schema: Mapping[str, object]) -> Check:
    values = schema["enum"]
    if not isinstance(values, list):
        raise TypeError("enum is a list")
    allowed = frozenset(values)
    title = str(schema.get("title", "value"))

    def check(value: object, line: int, name: str, findings: Findings) -> None:
        if isinstance(value, str):
            if value not in allowed:
                hint = nearest(value, values) or f"known: {', '.join(values)}"
                findings.refuse(line, "enum", f"unknown {title} '{value}'", hint)
        else:
            findings.refuse(line, "enum", f"{title} must be text, not {_describe(value)}")

    return check


def _check_text(value: object, line: int, name: str, findings: Findings) -> None:
    if not isinstance(value, str):
        _wrong_type(value, "string", line, name, findings)


def _check_uri(value: object, line: int, name: str, findings: Findings) -> None:
    if not isinstance(value, str):
        _wrong_type(value, "string", line, name, findings)
    elif not is_uri(value):
        hint = None if "://" in value else "a URL starts with https://"
        findings.refuse(line, "format", f"'{_short(value)}' is not a URL", hint)


def _check_number(value: object, line: int, name: str, findings: Findings) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        _wrong_type(value, "number", line, name, findings)


def _wrong_type(value: object, kind: str, line: int, name: str, findings: Findings) -> None:
    what = f"{name} must be {_TYPE_NAMES[kind]}, not {_describe(value)}"
    hint = None
    if value is None:
        what, hint = f"{name} has no value", "give it one or remove the key"
    elif kind == "number" and isinstance(value, str):
        hint = "write a whole number without quotes"
    findings.refuse(line, "type", what, hint)


def _describe(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true or false"
    return f"the text '{_short(value)}'" if isinstance(value, str) else "a number"


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."
