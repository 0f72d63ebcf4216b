"""Records as they are compared: every field but the environment, numbers to the last bit."""

import json


def rows(records):
    """One dictionary a record, without what depends on where it was made."""
    return [json.loads(record.to_json()) | {"env": ""} for record in records]


def place(row):
    """The cell of a row."""
    return row["task"], row["seed"], row["latent_dim"], row["submission"]


def expected(found, run):
    """The rows of all cells of a session, in its order."""
    return [row for cell in run.grid for row in found[cell.task, cell.seed, cell.latent_dim, cell.submission]]
