"""Slurm (by submitit's local executor) and Ray on two nodes give the same records, also when a node dies."""

import warnings

import pytest

from aeeval.errors import UsageError
from aeeval.executors.work import Settings
from aeeval.store import Store
from tests.executors.rows import expected, rows
from tests.extras import extra


@pytest.mark.filterwarnings("ignore")  # submitit forgets the processes that it starts
def test_submitit_gives_the_same_records(undisturbed, tmp_path):
    extra("submitit")
    found, make = undisturbed
    run = make("slurm", cluster=Settings(bundle=3, resources={"cluster": "local"}))
    store, seen = Store(tmp_path / "out"), []
    assert rows(run.run(store, seen.append)) == expected(found, run)
    assert {finished.cell for finished in seen} == set(run.grid)
    assert len(list((tmp_path / "out" / "slurm").glob("*_submitted.pkl"))) == 2  # four units in bundles of three
    assert store.claims() == []


def test_slurm_wants_a_folder_that_nodes_see(undisturbed):
    _, make = undisturbed
    with pytest.raises(UsageError, match="give --out"):
        make("slurm").run()


@pytest.fixture(scope="module")
def cluster():
    """A Ray cluster of two nodes with a processor each; it takes a quarter of a minute to start."""
    extra("ray")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ray.cluster_utils import Cluster

        made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        second = made.add_node(num_cpus=1)
        yield made, second
        made.shutdown()


@pytest.mark.filterwarnings("ignore")  # what Ray warns of is its own
def test_ray_gives_the_same_records_on_two_nodes_one_of_which_is_killed(undisturbed, cluster, tmp_path):
    found, make = undisturbed
    made, second = cluster
    store, seen = Store(tmp_path / "out"), []

    def kill(finished):
        seen.append(finished.cell)
        if len(seen) == 1:
            made.remove_node(second, allow_graceful=False)

    run = make("ray", cluster=Settings(address=made.address))
    assert rows(run.run(store, kill)) == expected(found, run)
    assert sorted(seen) == sorted(run.grid)
    assert len(list((tmp_path / "out").glob("cells/*/*.jsonl"))) == len(run.grid)
    assert store.claims() == []
