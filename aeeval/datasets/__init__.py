"""Data sets: manifolds with noise, and real rows; add one in one file, and one line here."""

from aeeval.registry import Registry

DATASETS = Registry("data set", {"digits": "aeeval.datasets.digits:digits"})
