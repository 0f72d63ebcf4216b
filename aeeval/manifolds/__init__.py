"""Manifolds with exact answers; add one in one file, and one line here."""

from aeeval.registry import Registry

MANIFOLDS = Registry(
    "manifold",
    {
        "plane": "aeeval.manifolds.plane:plane",
        "sphere": "aeeval.manifolds.sphere:sphere",
        "swiss-roll": "aeeval.manifolds.roll:swiss_roll",
        "graph": "aeeval.manifolds.graph:graph",
    },
)

DENSITIES = Registry(
    "density",
    {
        "uniform": "aeeval.manifolds.densities:uniform",
        "exponential": "aeeval.manifolds.densities:exponential",
        "vmf": "aeeval.manifolds.densities:vmf",
        "gap": "aeeval.manifolds.densities:gap",
    },
)
