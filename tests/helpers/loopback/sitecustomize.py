"""Python imports this by name at start-up when its folder is on PYTHONPATH."""

import guard

guard.install()
