"""The order of the columns within an order_by: as the client wrote them, which coercion forgets."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from graphql import FieldNode, ListValueNode, ObjectValueNode, ValueNode, VariableNode


def in_sent_order(node: FieldNode, coerced: Any, variables: Mapping[str, object]) -> list[dict[str, Any]]:
    """The coerced entries of `order_by` with their columns as in the document or the variables."""
    entries = coerced if isinstance(coerced, list) else [coerced]
    (value,) = (argument.value for argument in node.arguments if argument.name.value == "order_by")
    names = _names(value, variables)
    return [
        {name: entry[name] for name in (*sent, *entry) if name in entry}
        for entry, sent in zip_longest(entries, names[: len(entries)], fillvalue=())
    ]


def _names(value: ValueNode, variables: Mapping[str, object]) -> list[list[str]]:
    if isinstance(value, ListValueNode):
        return [names for item in value.values for names in _names(item, variables)]
    if isinstance(value, ObjectValueNode):
        return [[field.name.value for field in value.fields]]
    if isinstance(value, VariableNode):
        sent = variables.get(value.name.value)
        entries = sent if isinstance(sent, list) else [sent]
        return [list(entry) if isinstance(entry, dict) else [] for entry in entries]
    return [[]]
