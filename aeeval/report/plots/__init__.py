"""Plots of all submissions of a suite together, from its records alone."""

from aeeval.registry import Registry

PLOTS = Registry(
    "kind of plot",
    {
        "capabilities": "aeeval.report.plots.capabilities:capabilities",
        "dimension": "aeeval.report.plots.dimension:dimension",
        "noise": "aeeval.report.plots.noise:noise",
        "samplers": "aeeval.report.plots.samplers:samplers",
    },
)
