"""Scalars of every generation, by the type of a column, and which of them stand for each other in variables."""

from __future__ import annotations

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLInt,
    GraphQLScalarType,
    GraphQLString,
)

from observer.model.table import ColumnType

_BIGINT = GraphQLScalarType("bigint", description="Whole number of 64 bits.")
_FLOAT8 = GraphQLScalarType("float8", description="Floating-point number of 64 bits.")
_NUMERIC = GraphQLScalarType("numeric", description="Number, as clients of 2024 declare their variables.")
_DATE = GraphQLScalarType("date", description="Date in ISO form.")
_TIMESTAMPTZ = GraphQLScalarType("timestamptz", description="Time in ISO form, in UTC where it has no offset.")
_TIMESTAMP = GraphQLScalarType("timestamp", description="Time in UTC in ISO form.")
_OSO = {
    name: GraphQLScalarType(f"Oso_{name}", description=description)
    for name, description in {
        "Bool": "Boolean.",
        "Int32": "Whole number of 32 bits.",
        "Int64": "Whole number of 64 bits, a JSON number.",
        "Float32": "Floating-point number.",
        "Float64": "Floating-point number of 64 bits.",
        "Date": "Date in ISO form.",
        "DateTime": "Time in ISO form, in UTC where it has no offset.",
        "DateTime64": "Time in ISO form, in UTC where it has no offset.",
        "DateTime646": "Time in ISO form, in UTC where it has no offset.",
    }.items()
}

HASURA: dict[ColumnType, GraphQLScalarType] = {
    ColumnType.TEXT: GraphQLString,
    ColumnType.INTEGER: GraphQLInt,
    ColumnType.BIGINT: _BIGINT,
    ColumnType.DOUBLE: _FLOAT8,
    ColumnType.BOOLEAN: GraphQLBoolean,
    ColumnType.DATE: _DATE,
    ColumnType.TIMESTAMP: _TIMESTAMPTZ,
}
"""Scalars of our own names and of 2024."""

OSO: dict[ColumnType, GraphQLScalarType] = {
    ColumnType.TEXT: GraphQLString,
    ColumnType.INTEGER: _OSO["Int64"],
    ColumnType.BIGINT: _OSO["Int64"],
    ColumnType.DOUBLE: _OSO["Float64"],
    ColumnType.BOOLEAN: _OSO["Bool"],
    ColumnType.DATE: _OSO["Date"],
    ColumnType.TIMESTAMP: _OSO["DateTime"],
}
"""Scalars of 2025."""

FLOAT32 = _OSO["Float32"]
"""What 2025 has in its wide tables where others have Float64."""

ALL = (GraphQLString, GraphQLInt, GraphQLFloat, GraphQLBoolean, _BIGINT, _FLOAT8, _NUMERIC, _DATE, _TIMESTAMPTZ,
       _TIMESTAMP, *_OSO.values())  # fmt: skip

_FAMILIES = {
    "text": {"String", "ID"},
    "number": {"Int", "Float", "bigint", "float8", "numeric", "Oso_Int32", "Oso_Int64", "Oso_Float32", "Oso_Float64"},
    "boolean": {"Boolean", "Oso_Bool"},
    "time": {"date", "timestamptz", "timestamp", "Oso_Date", "Oso_DateTime", "Oso_DateTime64", "Oso_DateTime646"},
}
_FAMILY = {name: family for family, names in _FAMILIES.items() for name in names}


def stands_for(declared: str, wanted: str) -> bool:
    """Whether a variable declared with one scalar may stand where another one is wanted.

    A client of one generation may ask columns whose scalar has another name today; times are also sent as text,
    and ids were numbers in 2023.
    """
    given, place = _FAMILY.get(declared), _FAMILY.get(wanted)
    return given is not None and (given == place or (given, place) in _ALSO)


_ALSO = {("text", "time"), ("text", "number"), ("number", "text")}
