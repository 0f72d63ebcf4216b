"""Versions of the record: what an older aeeval wrote is read as if written today, what a newer one wrote is refused."""

from collections.abc import Callable, Mapping
from typing import Any

from aeeval.errors import StoreError, message
from aeeval.record import SCHEMA, Record

Row = dict[str, Any]


class NewerSchema(StoreError):
    """Records of a version that this one does not know: they are whole, and are left where they are."""


def _sealed(row: Row) -> Row:
    """1 → 2: the same fields; from 2 on a file of a cell ends with a seal."""
    return row


# One step from each older schema to the next; a row goes through all that it lacks.
MIGRATIONS: Mapping[int, Callable[[Row], Row]] = {1: _sealed}


def record_of(row: Any, migrations: Mapping[int, Callable[[Row], Row]] = MIGRATIONS) -> Record:
    """The record behind a parsed line of any schema up to `SCHEMA`.

    Raises `NewerSchema` for a later one, `TypeError` or `ValueError` where the line is no record.
    """
    if not isinstance(row, dict):
        raise TypeError(f"expected an object; got {type(row).__name__}")
    schema = row.get("schema")
    if schema == SCHEMA:
        return Record.from_dict(row)
    if type(schema) is not int or schema < 1:
        raise ValueError(f"expected a schema from 1 to {SCHEMA}; got {schema!r}")
    if schema > SCHEMA:
        raise NewerSchema(
            message(f"records of schema {SCHEMA} or older", f"schema {schema}", "update aeeval, which made them")
        )
    for step in range(schema, SCHEMA):
        row = migrations[step](row)
    return Record.from_dict({**row, "schema": SCHEMA})
