"""What identifies the rows behind a task, beyond what its suite writes down: versions, and bytes."""

from aeeval.datasets.files import data_digest
from aeeval.datasets.hubs import source_of
from aeeval.datasets.spec import DataSpec
from aeeval.manifolds.make import make


def identity(spec: DataSpec) -> str:
    """A word that is another one when the same task would get other rows.

    The version of a manifold, the version and sha256 of a registered set, or the sha256 of a user's file; "" for rows
    in memory, whose digest stands in the suite. Registered sets are read for it, and not kept.
    """
    if spec.manifold is not None:
        return f"version {make(spec.manifold, **spec.params).version}"
    if spec.dataset is not None:
        source = source_of(spec.dataset, spec.params)
        return f"version {source.version} of {source.sha256}"
    return "" if spec.path is None else data_digest(spec.path)
