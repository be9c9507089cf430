"""The SELECT that brings a table of a file into the form of a stream; pure text, run by DuckDB."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from observer.connectors.sources.evm.tables import PLACES, Kind, Place
from observer.connectors.streams import Stream

_TYPES = {
    pa.string(): "varchar",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.bool_(): "boolean",
    pa.timestamp("us"): "timestamp",
}
_FLOATS = ("DOUBLE", "FLOAT", "REAL")
_TEXT, _BLOB = "VARCHAR", "BLOB"
# Without these a row has no place in a chain.
_REQUIRED = {
    "blocks": ("block_number", "block_hash", "block_at"),
    "transactions": ("block_number", "transaction_index", "transaction_hash"),
    "receipts": ("block_number", "transaction_index"),
    "logs": ("block_number", "log_index", "address"),
    "traces": ("block_number", "trace_type"),
}
_MAY_BE_WRONG = (Kind.AMOUNT, Kind.COUNT, Kind.TIME)


def selection(stream: Stream, network: str, columns: Mapping[str, str], relation: str, file_name: str) -> str:
    """SQL whose rows are those of the stream, with `line` (from 1) and `refusal`, the reason why a row is none.

    `columns` are the types by column of `relation`. Raises ValueError where a column is missing or has lost digits.
    """
    by_name = {name.lower(): (name, kind) for name, kind in columns.items()}
    found = {place.name: (place, *entry) for place in PLACES[stream.name] if (entry := _source(place, by_name))}
    required = _REQUIRED[stream.name]
    missing = [name for name in required if name not in found]
    if missing:
        raise ValueError(f"the table has no {', '.join(missing)}")
    values = [f"{_converted(place, column, kind)} as {name}" for name, (place, column, kind) in found.items()]
    originals = [f'"{column}" as {name}__given' for name, (place, column, _) in found.items() if _is_checked(place)]
    wrong = [
        f"when {_is_there(f'{name}__given', kind)} and {name} is null then '{column} cannot be read'"
        for name, (place, column, kind) in found.items()
        if _is_checked(place)
    ]
    absent = [f"when {name} is null then 'no value for {name}'" for name in required]
    return f"""with numbered as (select row_number() over () as line, * from {relation}),
        given as (select line, {", ".join([*values, *originals])} from numbered),
        told as (select *, case {" ".join([*wrong, *absent])} end as refusal from given)
        select line, refusal, {_outputs(stream, frozenset(found), network, file_name)}
        from told"""  # noqa: S608


def _is_checked(place: Place) -> bool:
    return place.kind in _MAY_BE_WRONG


def _source(place: Place, by_name: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
    there = [by_name[name] for name in place.names if name in by_name]
    if place.kind is not Kind.AMOUNT:
        return there[0] if there else None
    exact = [entry for entry in there if entry[1] not in _FLOATS]
    if there and not exact:
        raise ValueError(f"{there[0][0]} is a floating-point column: its digits are lost")
    return exact[0] if exact else None


def _is_there(column: str, kind: str) -> str:
    return f"{column} <> ''" if kind == _TEXT else f"{column} is not null"


def _converted(place: Place, name: str, kind: str) -> str:
    """SQL for a column's value in the stream's form; null for what has another form."""
    column = f'"{name}"'
    if place.kind is Kind.HEX:
        return f"'0x' || lower(hex({column}))" if kind == _BLOB else f"nullif(lower(cast({column} as varchar)), '')"
    if place.kind is Kind.AMOUNT:
        return _amount(column, kind)
    if place.kind is Kind.COUNT:
        return f"try_cast({_amount(column, kind) if kind in (_TEXT, _BLOB) else column} as bigint)"
    if place.kind is Kind.TIME:
        return _time(column, kind)
    if place.kind is Kind.STATUS:
        return f"lower(cast({column} as varchar)) in ('1', '0x1', 'true')" + _null_like(column, kind)
    if place.kind is Kind.PATH:
        text = f"array_to_string({column}, ',')" if kind.endswith("[]") else f"cast({column} as varchar)"
        return f"regexp_replace(replace({text}, '_', ','), '[^0-9a-fx,]', '', 'g')"
    return f"nullif(cast({column} as varchar), '')"


def _null_like(column: str, kind: str) -> str:
    empty = f"{column} = ''" if kind == _TEXT else f"{column} is null"
    return f" and case when {empty} then cast(null as boolean) else true end"


def _amount(column: str, kind: str) -> str:
    if kind == _BLOB:
        return f"hex_to_decimal('0x' || hex({column}))"
    if kind != _TEXT:
        # A decimal with places is a whole number or nothing.
        whole = f"cast({column} as decimal(38, 0))" if "," in kind and not kind.endswith(",0)") else column
        text = f"cast({whole} as varchar)"
        return f"case when {whole} = {column} and {column} >= 0 then {text} end"
    # Files written from floats end whole numbers with .0 where they were small enough to be exact.
    digits = f"regexp_replace({column}, '^([0-9]{{1,15}})[.]0$', '\\1')"
    return f"""case when regexp_full_match({column}, '0x[0-9a-fA-F]{{1,64}}') then hex_to_decimal({column})
        when regexp_full_match({digits}, '[0-9]{{1,78}}') then {digits} end"""


def _time(column: str, kind: str) -> str:
    if kind.startswith("TIMESTAMP"):
        return f"cast({column} as timestamp)"
    if kind == _TEXT:
        seconds = f"make_timestamp(try_cast(try_cast({column} as double) as bigint) * 1000000)"
        return f"coalesce({seconds}, try_cast(replace({column}, ' UTC', '') as timestamp))"
    return f"make_timestamp(cast({column} as bigint) * 1000000)"


def _outputs(stream: Stream, found: frozenset[str], network: str, file_name: str) -> str:
    quoted = file_name.replace("'", "''")
    special = {
        "network": f"'{network}'",
        "block_hash": "coalesce(block_hash, '')" if "block_hash" in found else "''",
        "is_canonical": "true",
        "_record_ref": f"'evm:{network.lower()}/{quoted}#L' || line",
        **_payload(found),
        **_OF_STREAM.get(stream.name, lambda names: {})(found),
    }
    return ", ".join(
        f"cast({special.get(f.name, f.name if f.name in found else 'null')} as {_TYPES[f.type]}) as {f.name}"
        for f in stream.schema
    )


def _payload(found: frozenset[str]) -> dict[str, str]:
    if "payload" not in found:
        return {}
    payload = "coalesce(init, payload, '0x')" if "init" in found else "coalesce(payload, '0x')"
    return {"input_selector": f"substr({payload}, 1, 10)", "input_size": f"(length({payload}) - 2) // 2"}


def _of_transaction(found: frozenset[str]) -> dict[str, str]:
    return {"transaction_type": "coalesce(transaction_type, 0)" if "transaction_type" in found else "0"}


def _of_log(found: frozenset[str]) -> dict[str, str]:
    data = {"data": "coalesce(data, '0x')" if "data" in found else "'0x'"}
    if "topics" not in found:
        return data
    return data | {f"topic{n}": f"nullif(split_part(topics, ',', {n + 1}), '')" for n in range(4)}


def _of_trace(found: frozenset[str]) -> dict[str, str]:
    made = "case when trace_type = 'create' and error is null then nullif(output, '0x') end"
    if "output" not in found:
        made = "cast(null as varchar)"
    kind = "coalesce(call_type, '')" if "call_type" in found else "''"
    reward = "coalesce(reward_type, 'block')" if "reward_type" in found else "'block'"
    place = "coalesce(trace_address, '')"
    target = "coalesce(made_address, to_address)" if "made_address" in found else "to_address"
    fields = "partition by block_number, transaction_index"
    inherited = f"""not list_bool_or(list_transform(
        coalesce(list({place}) filter (where error is not null) over ({fields}), cast([] as varchar[])),
        failed -> failed = '' or failed = {place} or starts_with({place}, failed || ',')))"""
    told = "is_successful" if "is_successful" in found else f"coalesce({inherited}, true)"
    return {
        "trace_address": place,
        "trace_key": f"""case when transaction_index is null
            then 'reward:' || (row_number() over ({fields}, trace_type order by line) - 1)
            else transaction_index || ':' || {place} end""",
        "call_type": f"""case trace_type when 'reward' then {reward}
            when 'create' then coalesce(nullif({kind}, ''), 'create')
            when 'suicide' then 'selfdestruct' else coalesce(nullif({kind}, ''), trace_type) end""",
        "to_address": target,
        "is_successful": told,
        "code_sha256": f"sha256(unhex(substr({made}, 3)))",
        "code_size": f"(length({made}) - 2) // 2",
        "implementation_address": f"nullif(minimal_proxy_target(substr({made}, 3)), '')",
    }


_OF_STREAM = {"transactions": _of_transaction, "logs": _of_log, "traces": _of_trace}
