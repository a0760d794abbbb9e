"""Where the system's Chromium is, for the browser tests."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO = (
    "no Chromium on this machine; install it and run again: apt-get install chromium fonts-noto-cjk"
    " (or set CHROMIUM=/path/to/chrome)"
)


def find() -> str | None:
    """Path of Chromium: the CHROMIUM variable, else the first known name on the PATH."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)
