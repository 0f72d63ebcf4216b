"""Results that are kept with the project: packed from a run, read back for tables, and verified."""
