"""Front-end files: pre-compressed, addressed by content hash and cached for ever."""

from pathlib import Path
from typing import Any

from tornado.web import HTTPError, StaticFileHandler

from wx_backend.base.handler import public

PACKED = (("br", ".br"), ("gzip", ".gz"))
YEAR = 365 * 86400


def _fresh(copy: Path, plain: Path) -> bool:
    """A copy made before its file was last edited is not served."""
    return copy.exists() and copy.stat().st_mtime >= plain.stat().st_mtime


class StaticFiles(StaticFileHandler):
    """Answers with the ``.br`` or ``.gz`` copy made at set-up when the browser takes it."""

    access = public("style sheets, scripts and icons")

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("X-Content-Type-Options", "nosniff")

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        if "\0" in absolute_path:  # no name of a file; the system call would raise ValueError
            raise HTTPError(404)
        plain = super().validate_absolute_path(root, absolute_path)
        if plain is None:
            return None
        accepted = self.request.headers.get("Accept-Encoding", "")
        self.set_header("Vary", "Accept-Encoding")
        for coding, suffix in PACKED:
            if coding in accepted and _fresh(Path(plain + suffix), Path(plain)):
                self.set_header("Content-Encoding", coding)
                self._plain = plain
                return super().validate_absolute_path(root, plain + suffix)  # its size, not plain's
        return plain

    def get_content_type(self) -> str:
        """By the plain file's name, not the packed copy's."""
        packed, self.absolute_path = self.absolute_path, getattr(self, "_plain", self.absolute_path)
        try:
            return super().get_content_type()
        finally:
            self.absolute_path = packed

    def get_cache_time(self, path: str, modified: Any, mime_type: str) -> int:
        return YEAR if "v" in self.request.arguments else 0

    def set_extra_headers(self, path: str) -> None:
        if "v" in self.request.arguments:
            self.set_header("Cache-Control", f"public, max-age={YEAR}, immutable")
