"""The patient's phone (WeChat, Alipay) and the doctor's as one application: the apps' own pages
first, every other path is the web.
"""

from pathlib import Path

from tornado.httpclient import AsyncHTTPClient
from tornado.routing import Rule
from tornado.web import Application

from wx_backend.entrypoints.sandbox.box import Box
from wx_backend.entrypoints.sandbox.phone import alipay, doctor, pay_sheet, scanning, shell, texts
from wx_backend.entrypoints.sandbox.phone.proxy import SCRIPTS, WebView
from wx_backend.entrypoints.sandbox.phone.sockets import Upgrades, WebSocket

_HERE = Path(__file__).parent
_ASSETS = _HERE.parent / "static"


def phone(box: Box, platform_port: int) -> Application:
    """`platform_port`: where this sandbox's platforms listen, to recognise their addresses."""
    parts = {"box": box, "platform_port": platform_port}
    apps = (shell, pay_sheet, scanning, alipay, doctor, texts)
    own = [(path, handler, parts) for app in apps for path, handler in app.routes]
    return Application(
        [
            *own,
            Rule(Upgrades(), WebSocket, parts),
            (r"/.*", WebView, parts),
        ],
        template_path=str(_HERE.parent / "templates"),
        static_path=str(_ASSETS),
        static_url_prefix=SCRIPTS,
        http=AsyncHTTPClient(force_instance=True, max_clients=100),
        log_function=lambda handler: None,
    )
