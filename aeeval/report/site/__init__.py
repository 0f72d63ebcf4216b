"""A static site of results: pages that open from disk, without a network and without a server."""
