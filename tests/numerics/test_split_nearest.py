"""Which part of a split is nearer, against all distances looked at for every split; ties and copies included."""

import torch

from aeeval.numerics.split_nearest import nearer, nearest_of_two


def by_all_distances(samples, first, second, rows):
    pool = torch.cat([first, second])
    gaps = torch.cdist(samples, pool, compute_mode="donot_use_mm_for_euclid_dist")
    others = torch.ones(len(pool), dtype=torch.bool)
    others[rows] = False
    return nearer(gaps[:, rows].amin(dim=1), gaps[:, others].amin(dim=1)).item()


def sets(seed, copies):
    generator = torch.Generator().manual_seed(seed)
    first, second, samples = (torch.randn(n, 5, generator=generator, dtype=torch.float64) for n in (40, 40, 200))
    if copies:  # rows that repeat within a set and between both, and samples that are rows
        first[:10], second[:10], second[10:15] = first[10:20].clone(), first[20:30].clone(), second[20:25].clone()
        samples[:30], samples[30:60] = first[:30].clone(), second[:30].clone()
    return samples, first, second, generator


def test_every_split_reads_as_from_all_distances():
    for copies in (False, True):
        samples, first, second, generator = sets(3, copies)
        near = nearest_of_two(samples, first, second)
        assert (len(near.tied) > 0) == copies
        assert len(near.index) + len(near.tied) == len(samples)
        for rows in (torch.arange(40), *(torch.randperm(80, generator=generator)[:40] for _ in range(10))):
            assert near.share_of(rows) == by_all_distances(samples, first, second, rows)


def test_equally_far_rows_of_both_sets_are_a_tie_and_of_one_are_none():
    samples = torch.zeros(1, 1, dtype=torch.float64)
    one, far = torch.tensor([[1.0], [-1.0]]).double(), torch.tensor([[5.0], [6.0]]).double()
    assert nearest_of_two(samples, one, far).share_of(torch.tensor([0, 1])) == 1
    assert nearest_of_two(samples, one, far).share_of(torch.tensor([0, 2])) == 0.5
    assert nearest_of_two(samples, one, far).share_of(torch.tensor([2, 3])) == 0
