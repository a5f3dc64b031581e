"""Export formats: CSV, Parquet, JSON Lines. Written in constant memory, and complete or not there at all."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from bbva_core.errors import InvalidSettings
from bbva_core.export.tables import TABLES, Column, Row
from bbva_core.machine.output import checked_output, not_written
from bbva_core.store import Queries, RunSummary

_CHUNK_ROWS = 20_000

Writer = Callable[[Path, tuple[Column, ...], Iterator[Row]], int]


def export_run(queries: Queries, run: RunSummary, *, table: str, format: str, out: Path) -> int:
    """Write one table of a run to a file; returns the number of rows. Equal runs give byte-equal files.

    The file appears under its name when it is complete; an older one is replaced then.

    Raises:
        InvalidSettings: No such table or format, or no file can be put there.
        StorageFull: The disk is full; nothing was left behind.
    """
    if table not in TABLES:
        raise InvalidSettings(f"There is no table {table!r}: expected one of {', '.join(TABLES)}.")
    if format not in WRITERS:
        raise InvalidSettings(f"There is no format {format!r}: expected one of {', '.join(WRITERS)}.")
    out = checked_output(out)
    unfinished = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        count = WRITERS[format](unfinished, TABLES[table].columns, TABLES[table].rows(queries, run))
        unfinished.replace(out)
    except OSError as error:
        raise not_written(out, error) from error
    finally:
        with suppress(OSError):  # where it could not be written it cannot be removed either
            unfinished.unlink(missing_ok=True)
    return count


def _write_csv(path: Path, columns: tuple[Column, ...], rows: Iterator[Row]) -> int:
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([name for name, _ in columns])
        for count, row in enumerate(rows, start=1):  # noqa: B007
            writer.writerow([_csv_value(row[name]) for name, _ in columns])
    return count


def _csv_value(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _write_jsonl(path: Path, columns: tuple[Column, ...], rows: Iterator[Row]) -> int:
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        for count, row in enumerate(rows, start=1):  # noqa: B007
            json.dump({name: row[name] for name, _ in columns}, file, ensure_ascii=False, separators=(",", ":"))
            file.write("\n")
    return count


def _write_parquet(path: Path, columns: tuple[Column, ...], rows: Iterator[Row]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"int": pa.int64(), "float": pa.float64(), "text": pa.string(), "bool": pa.bool_()}
    schema = pa.schema([(name, types[kind]) for name, kind in columns])
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while chunk := list(islice(rows, _CHUNK_ROWS)):
            table = {name: [row[name] for row in chunk] for name, _ in columns}
            writer.write_table(pa.table(table, schema=schema))
            count += len(chunk)
    return count


WRITERS: dict[str, Writer] = {"csv": _write_csv, "parquet": _write_parquet, "jsonl": _write_jsonl}
"""Export formats by name; also the file name's ending."""
