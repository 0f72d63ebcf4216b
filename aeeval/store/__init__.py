"""The store of a run: one atomic file a cell, claims of who works on which. The only part that touches result files."""

from aeeval.store.claims import Claim, Held
from aeeval.store.folder import Store, stamped
from aeeval.store.shelf import Damaged

__all__ = ["Claim", "Damaged", "Held", "Store", "stamped"]
