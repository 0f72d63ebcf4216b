"""How long encode and decode take: a timing engine over a small device protocol, exact on a virtual device."""
