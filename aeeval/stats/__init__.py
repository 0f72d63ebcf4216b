"""Statistics of a few seeds: intervals and paired effects, with numpy and scipy only."""
