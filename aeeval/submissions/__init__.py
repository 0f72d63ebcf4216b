"""Submissions: find them, load them, and make every kind answer the same two questions, encode and decode."""
