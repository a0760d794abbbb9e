"""The pages of all faces: their routes and the renderer of their templates."""

from pathlib import Path

from wx_backend.base.render import Renderer
from wx_backend.base.settings import Settings
from wx_backend.entrypoints.web.api import routes as api
from wx_backend.entrypoints.web.console import routes as console
from wx_backend.entrypoints.web.doctor import routes as doctor
from wx_backend.entrypoints.web.patient import routes as patient
from wx_backend.entrypoints.web.static_files import StaticFiles

HERE = Path(__file__).parent
TEMPLATES = tuple(
    folder / "templates"
    for folder in (HERE, HERE / "patient", HERE / "console", HERE / "doctor", HERE / "api")
)


def static_dir(settings: Settings) -> Path:
    return Path(settings.static_dir) if settings.static_dir else HERE / "static"


def renderer(settings: Settings) -> Renderer:
    return Renderer(list(TEMPLATES), static_dir(settings), HERE / "locale")


def routes(settings: Settings) -> list[tuple]:
    return [
        (r"/static/(.*)", StaticFiles, {"path": str(static_dir(settings))}),
        *api.routes,
        *console.routes,
        *doctor.routes,
        *patient.routes,
    ]
