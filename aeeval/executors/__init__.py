"""Executors: who runs the cells. All of them give the same records."""

from aeeval.registry import Registry

EXECUTORS = Registry(
    "executor",
    {
        "local": "aeeval.executors.local:run_local",
        "inline": "aeeval.executors.inline:run_inline",
        "slurm": "aeeval.executors.slurm:run_slurm",
        "ray": "aeeval.executors.ray_cluster:run_ray",
    },
)
