"""Records made readable: a data frame, tables in four formats, and the closing lines of a run."""
