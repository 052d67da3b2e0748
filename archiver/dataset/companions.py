"""The files beside the JSON Lines, made from them and the field table: Parquet, card, schemas, descriptions, ``load.sql``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from archiver.dataset.arrow import arrow_schema, record_batches, require_pyarrow, write_parquet
from archiver.dataset.card import card, config_name
from archiver.dataset.descriptors import DATAPACKAGE, croissant, datapackage, load_sql
from archiver.dataset.digest import as_json, digest
from archiver.dataset.files import put, record_types, row_files
from archiver.dataset.jsonl import read_rows
from archiver.dataset.schema import TABLES, RecordType, json_schema
from archiver.errors import ArchiverError, MissingExtraError, StoreError


def write_companions(folder: Path) -> str | None:
    """Make everything beside the JSON Lines of ``folder`` anew; what to tell where a part was left out, else ``None``.

    Each file is written aside and renamed, ``datapackage.json`` last: it names the bytes that the others were made from. Raises
    StoreError when the folder cannot be written, RowFormatError for a torn line or wrong value.
    """
    try:
        return _write_companions(folder)
    except OSError as error:
        raise StoreError(f"{error.filename or folder}: {error.strerror}; the rows are whole, run archiver rebuild") from error


def write_companions_apart(folder: Path) -> str | None:
    """``write_companions`` in a process of its own: pyarrow takes 130 MB, which a crawl would hold to its end. Never raises."""
    path = os.pathsep.join(filter(None, (str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "archiver.dataset.companions", str(folder)],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        # Ctrl-C is for the crawl, which waits for this.
        start_new_session=True,
    )
    said = done.stdout.strip()
    if done.returncode and not said:
        said = f"{folder}: Parquet and card were not written ({done.stderr.strip()[-200:]}); run archiver rebuild"
    return said or None


def _write_companions(folder: Path) -> str | None:
    (folder / DATAPACKAGE).unlink(missing_ok=True)
    rows = {record_type: row_files(folder, record_type) for record_type in record_types(folder)}
    try:
        parquet, note = _write_tables(folder, rows), None
    except MissingExtraError as error:
        parquet, note = {}, f"no Parquet files are written: {error}"
        for record_type in rows:
            # Those of an earlier run would be taken for the rows of this one.
            (folder / f"{config_name(record_type)}.parquet").unlink(missing_ok=True)
    found = digest(folder)
    typed = bool(parquet)
    files = {record_type: [path] for record_type, path in parquet.items()} or rows
    # ``datasets`` fails on a table without rows, where it could say that there is none.
    filled = {record_type: paths for record_type, paths in files.items() if found.rows[record_type] or record_type == "article"}
    names = {record_type: [path.name for path in paths] for record_type, paths in filled.items()}
    put(folder / "README.md", card(found, names, typed=typed).encode())
    put(folder / "load.sql", load_sql({kind: [path.name for path in paths] for kind, paths in rows.items()}).encode())
    (folder / "schema").mkdir(exist_ok=True)
    for record_type in rows:
        put(folder / "schema" / f"{config_name(record_type)}.json", as_json(json_schema(record_type)))
    put(folder / "croissant.json", as_json(croissant(found, files, typed=typed)))
    put(folder / DATAPACKAGE, as_json(datapackage(found, rows, parquet)))
    return note


def _write_tables(folder: Path, rows: dict[RecordType, list[Path]]) -> dict[RecordType, Path]:
    require_pyarrow()
    written = {}
    for record_type, files in rows.items():
        fields = TABLES[record_type]
        batches = (batch for path in files for batch in record_batches(read_rows(path), fields, path.name))
        target = written[record_type] = folder / f"{config_name(record_type)}.parquet"
        write_parquet(batches, arrow_schema(fields), target)
    return written


if __name__ == "__main__":
    try:
        print(write_companions(Path(sys.argv[1])) or "")
    except ArchiverError as error:
        print(error)
        sys.exit(error.exit_code)
