"""Two sides held against each other, paired by task and seed: which is better, and is the new one worse."""
