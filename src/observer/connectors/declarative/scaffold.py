"""A new connector: a manifest that works on its own samples, a page, samples and a staging model."""

from __future__ import annotations

import re
from pathlib import Path

from observer.errors import ConfigError

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

_MANIFEST = """\
version: 7.0.0
type: DeclarativeSource

check:
  type: CheckStream
  stream_names:
    - items

streams:
  - type: DeclarativeStream
    name: items
    primary_key: [id]
    retriever:
      type: SimpleRetriever
      requester:
        type: HttpRequester
        url_base: "{{ config.get('api_url') or 'https://api.example.org' }}"
        path: /items
        http_method: GET
        request_headers:
          Accept: application/json
      record_selector:
        type: RecordSelector
        extractor:
          type: DpathExtractor
          field_path: [items]
    schema_loader:
      type: InlineSchemaLoader
      schema:
        $schema: http://json-schema.org/draft-07/schema#
        type: object
        additionalProperties: true
        x-observer-upsert: true
        required: [id]
        properties:
          id: { type: [integer] }
          name: { type: ["null", string] }
          created_at: { type: ["null", string], format: date-time }

spec:
  type: Spec
  connection_specification:
    $schema: http://json-schema.org/draft-07/schema#
    title: @name@
    type: object
    properties:
      api_url:
        type: string
        description: Another address of the API, without a slash at its end.
"""

_README = """\
# @name@

What it reads, from where, and what for.

    observer connectors check @name@
    observer sync @name@

## Config

| key | default | meaning |
| --- | --- | --- |
| `api_url` | the public API | another address of it |

## Streams

| stream | one row per | key | rows of a later sync |
| --- | --- | --- | --- |
| `items` | item | `id` | replace |

## Cost and limits

One request.

## Personal data

None.

## Samples

`samples/answers.json` says which answer of the folder belongs to which request.
"""

_ITEMS = (
    '{\n  "items": [\n    {"id": 1, "name": "first", "created_at": "2024-01-01T00:00:00Z"},\n    {"id": 2}\n  ]\n}\n'
)

_MODEL = """\
with source as (

    select * from {{ source('raw', '@table@__items') }}

),

final as (

    select
        id as item_id,
        name as item_name,
        created_at,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
"""

_MODEL_YAML = """\
version: 2

sources:
  - name: raw_@table@
    description: What the connector @name@ wrote, unchanged.
    database: "{{ target.database }}"
    schema: raw
    tables:
      - name: @table@__items
        description: Items. One row per id.
        columns:
          - name: id
            data_type: bigint
          - name: name
            data_type: varchar
          - name: created_at
            data_type: timestamp
          - name: _load_id
            data_type: varchar
          - name: _observed_at
            data_type: timestamp
          - name: _record_ref
            data_type: varchar

models:
  - name: stg_@table@__items
    description: >
      Items.
      Grain: one row per item.
    data_tests:
      - primary_key:
          arguments:
            columns: [item_id]
"""


def scaffold(name: str, *, connectors: Path, transform: Path) -> list[Path]:
    """Writes the files of a connector and returns their paths. Raises ConfigError, before it writes, if it cannot."""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"a connector cannot be named {name!r}", hint="use lower-case letters, digits and single hyphens"
        )
    table = name.replace("-", "_")
    staging = transform / "models" / "staging" / table
    files = {
        connectors / name / "manifest.yaml": _MANIFEST,
        connectors / name / "README.md": _README,
        connectors / name / "samples" / "answers.json": '{"/items": "items.json"}\n',
        connectors / name / "samples" / "config.json": "{}\n",
        connectors / name / "samples" / "items.json": _ITEMS,
        staging / f"stg_{table}__items.sql": _MODEL.replace("'raw'", f"'raw_{table}'"),
        staging / f"stg_{table}__items.yml": _MODEL_YAML,
    }
    taken = [path for path in (connectors / name, staging) if path.exists()]
    if taken:
        raise ConfigError(f"there is a connector {name!r} already", where=str(taken[0]))
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("@name@", name).replace("@table@", table), encoding="utf-8")
    return list(files)
