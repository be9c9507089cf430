"""Downloads of published tables: Parquet as it was published, and CSV made from it while it is sent."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from observer.api.parameters import RELEASE, read
from observer.api.rest import blocking
from observer.errors import NotFoundError
from observer.http import CSV
from observer.query.read_model import ReadModel

_BATCH_ROWS = 20_000
_PARQUET = "application/vnd.apache.parquet"
_IMMUTABLE = "public, max-age=31536000, immutable"
_CURRENT = "public, max-age=60"


def download_routes(read_model: ReadModel, prefix: str) -> list[BaseRoute]:
    """Tables of a numbered release, which never change, and of the current one at addresses that stay."""

    def numbered(request: Request) -> Response:
        return _table(read_model, request, request.path_params["number"], _IMMUTABLE)

    def current(request: Request) -> Response:
        number = read((RELEASE,), dict(request.query_params))["release"]
        if isinstance(number, int):
            return _table(read_model, request, number, _IMMUTABLE)
        return _table(read_model, request, read_model.current_release().number, _CURRENT)

    return [
        *(
            Route(f"{prefix}/releases/{{number:int}}/{{table}}.{form}", blocking(numbered))
            for form in ("parquet", "csv")
        ),
        *(Route(f"{prefix}/tables/{{table}}.{form}", blocking(current)) for form in ("parquet", "csv")),
    ]


def csv_chunks(path: Path) -> Iterator[bytes]:
    """A Parquet file as CSV with a header: exact values, text quoted, null an empty cell without quotes.

    Nothing is defused for spreadsheets here: what programs read back equals the table.
    """
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        is_first = True
        for batch in file.iter_batches(_BATCH_ROWS):
            buffer = io.BytesIO()
            pa_csv.write_csv(batch, buffer, pa_csv.WriteOptions(include_header=is_first))
            is_first = False
            yield buffer.getvalue()
        if is_first:
            yield (",".join(f'"{name}"' for name in file.schema_arrow.names) + "\n").encode()


def _table(read_model: ReadModel, request: Request, number: int, caching: str) -> Response:
    table, release = request.path_params["table"], read_model.release(number)
    entry = next((entry for entry in release.tables if entry.name == table), None)
    if entry is None:
        raise NotFoundError(f"release {number} has no table '{table[:100]}'", hint="see /api/v1/tables")
    form = request.url.path.rpartition(".")[2]
    headers = {
        "Cache-Control": caching,
        "ETag": f'"{entry.sha256[:32]}-{form}"',
        "X-Observer-Release": str(number),
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    path, name = read_model.file(number, table), f"{table}_{number}.{form}"
    if form == "parquet":
        return FileResponse(path, media_type=_PARQUET, filename=name, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return StreamingResponse(csv_chunks(path), media_type=CSV, headers=headers)
