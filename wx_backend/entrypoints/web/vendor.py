"""`python -m wx_backend.entrypoints.web.vendor`: fetch and prepare the front-end files, once.

Writes the git-ignored `static/vendor/` (htmx, WeUI, Bootstrap, the icon sprite, and
`manifest.json` with the content hash of every static file, theirs and ours) and `.br`/`.gz` copies
beside every file worth it. Does nothing when nothing has changed. After that no network is needed.
"""

import json
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from wx_backend.entrypoints.web import assets, node, translations

ROOT = Path(__file__).parents[3]
STATIC = Path(__file__).parent / "static"
VENDOR = STATIC / "vendor"
STAMP = ".made"
PACKED = (".br", ".gz")


def main() -> int:
    started = time.monotonic()
    try:
        fetched = node.install_packages(ROOT)
        made = make(ROOT / "node_modules")
        translations.compile_all()
    except (node.FrontendFailed, UnknownIcon) as error:
        print(error, file=sys.stderr)
        return 1
    if fetched or made:
        seconds = time.monotonic() - started
        print(f"前端文件已就绪 front-end files ready ({seconds:.1f} s)", file=sys.stderr)
    return 0


class UnknownIcon(RuntimeError):
    """icons.txt names an icon that the package does not have."""


def make(modules: Path) -> bool:
    """Build `static/vendor/` from `node_modules`; whether anything had to be done."""
    wanted = _inputs_digest(modules)
    stamp = VENDOR / STAMP
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for name, content in _vendor_files(modules).items():
        (VENDOR / name).write_bytes(content)
    manifest = {}
    for file in _served():
        content = file.read_bytes()
        manifest[file.relative_to(STATIC).as_posix()] = assets.digest([content])
        _write_packed(file, content)
    (VENDOR / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    stamp.write_text(wanted)
    return True


def _vendor_files(modules: Path) -> dict[str, bytes]:
    bootstrap = modules / "bootstrap/dist"
    weui = (modules / "weui/dist/style/weui.min.css").read_text("utf-8")
    return {
        "echarts.min.js": (modules / "echarts/dist/echarts.common.min.js").read_bytes(),
        "htmx.min.js": (modules / "htmx.org/dist/htmx.min.js").read_bytes(),
        "weui.css": assets.scale_fonts(weui).encode(),
        "bootstrap.min.css": (bootstrap / "css/bootstrap.min.css").read_bytes(),
        "bootstrap.min.js": (bootstrap / "js/bootstrap.bundle.min.js").read_bytes(),
        "icons.svg": _sprite(modules / "@tabler/icons").encode(),
    }


def _sprite(package: Path) -> str:
    names = assets.icon_names((STATIC / "icons.txt").read_text("utf-8"))
    files = {name: package / "icons/outline" / f"{name}.svg" for name in names}
    if unknown := [name for name, file in files.items() if not file.exists()]:
        raise UnknownIcon(f"static/icons.txt: no Tabler icon is called {', '.join(unknown)}")
    version = json.loads((package / "package.json").read_text())["version"]
    icons = {name: file.read_text("utf-8") for name, file in files.items()}
    return assets.sprite(icons, f"Tabler Icons {version}, MIT")


def _served() -> Iterator[Path]:
    """The files a browser may ask for, ours and the vendors', without their packed copies."""
    for file in sorted(STATIC.rglob("*")):
        hidden = file.name.startswith(".") or file.name in ("icons.txt", "manifest.json")
        if file.is_file() and not hidden and file.suffix not in PACKED:
            yield file


def _write_packed(file: Path, content: bytes) -> None:
    copies = assets.packed(content) if file.suffix in assets.WORTH_PACKING else {}
    for suffix in PACKED:
        target = file.with_name(file.name + suffix)
        target.unlink(missing_ok=True)
        if suffix in copies:
            target.write_bytes(copies[suffix])


def _inputs_digest(modules: Path) -> str:
    """Hash of everything the result depends on: the lock, our static files, and this code."""
    ours = [file for file in _served() if VENDOR not in file.parents]
    code = [Path(__file__), Path(assets.__file__)]
    inputs = [modules / ".installed", STATIC / "icons.txt", *ours, *code]
    return assets.digest(file.read_bytes() for file in inputs)


if __name__ == "__main__":
    raise SystemExit(main())
