"""Plain tensor functions; nothing here knows a type of the package."""
