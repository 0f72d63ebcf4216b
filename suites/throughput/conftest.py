"""Loads the plugin in a checkout; where the package is installed it is there already."""

pytest_plugins = ("aeeval.pytest_plugin",)
