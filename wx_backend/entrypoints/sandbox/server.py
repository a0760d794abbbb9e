"""The sandbox process: the platforms on one port, the two phones on another, a LIS on a third."""

import asyncio
import logging
import signal
from dataclasses import dataclass
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from wx_backend.entrypoints.sandbox import (
    authorize,
    bill_api,
    books_control,
    cashier,
    control,
    pay_api,
    subscribe_messages,
    wechat_account,
    wechat_messages,
    wechat_setup,
)
from wx_backend.entrypoints.sandbox.alipay import api as alipay_api
from wx_backend.entrypoints.sandbox.alipay import authorize as alipay_authorize
from wx_backend.entrypoints.sandbox.alipay import bill_api as alipay_bills
from wx_backend.entrypoints.sandbox.alipay import cashier as alipay_cashier
from wx_backend.entrypoints.sandbox.alipay import control as alipay_control
from wx_backend.entrypoints.sandbox.box import Box, build
from wx_backend.entrypoints.sandbox.config import Config
from wx_backend.entrypoints.sandbox.his import accounts_api as his_accounts_api
from wx_backend.entrypoints.sandbox.his import api as his_api
from wx_backend.entrypoints.sandbox.his import cashier_api as his_cashier_api
from wx_backend.entrypoints.sandbox.his import control as his_control
from wx_backend.entrypoints.sandbox.his import proofs_api as his_proofs_api
from wx_backend.entrypoints.sandbox.lis import control as lis_control
from wx_backend.entrypoints.sandbox.phone.app import phone
from wx_backend.entrypoints.sandbox.sms import api as sms_api
from wx_backend.entrypoints.sandbox.sms import control as sms_control
from wx_backend.entrypoints.sandbox.wecom import api as wecom_api
from wx_backend.entrypoints.sandbox.wecom import authorize as wecom_authorize
from wx_backend.entrypoints.sandbox.wecom import control as wecom_control

log = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_ROUTES = [
    *wechat_account.routes,
    *wechat_setup.routes,
    *wechat_messages.routes,
    *subscribe_messages.routes,
    *wecom_api.routes,
    *wecom_authorize.routes,
    *wecom_control.routes,
    *sms_api.routes,
    *sms_control.routes,
    *lis_control.routes,
    *his_api.routes,
    *his_accounts_api.routes,
    *his_cashier_api.routes,
    *his_proofs_api.routes,
    *his_control.routes,
    *authorize.routes,
    *pay_api.routes,
    *bill_api.routes,
    *books_control.routes,
    *cashier.routes,
    *alipay_api.routes,
    *alipay_authorize.routes,
    *alipay_cashier.routes,
    *alipay_bills.routes,
    *alipay_control.routes,
    *control.routes,
]


@dataclass(frozen=True)
class Running:
    """A started sandbox; ports are the real ones even when 0 was asked for."""

    box: Box
    port: int
    phone_port: int
    servers: tuple[HTTPServer, ...]

    async def close(self) -> None:
        for server in self.servers:
            server.stop()
            await server.close_all_connections()
        await self.box.close()


def _listen(application: Application, host: str, port: int) -> tuple[HTTPServer, int]:
    sockets = bind_sockets(port, host)
    server = HTTPServer(application)
    server.add_sockets(sockets)
    return server, sockets[0].getsockname()[1]


def platforms(box: Box) -> Application:
    """api.weixin.qq.com under /wx, qyapi.weixin.qq.com under /qy, open.weixin.qq.com under /open,
    WeChat Pay under /v3, Alipay at /gateway.do, sms.tencentcloudapi.com under /sms, the HIS
    under /his."""
    return Application(
        [(path, handler, {"box": box}) for path, handler in _ROUTES],
        template_path=str(_HERE / "templates"),
        static_path=str(_HERE / "static"),
        static_url_prefix="/_static/",
        log_function=lambda handler: None,
    )


async def start(config: Config) -> Running:
    """Open the books, listen, take up what was left undone."""
    box = build(config)
    await box.lis.start(config.host, config.lis_port)
    server, port = _listen(platforms(box), config.host, config.port)
    box.resume()
    pocket, phone_port = _listen(phone(box, port), config.host, config.phone_port)
    return Running(box, port, phone_port, (server, pocket))


async def serve(config: Config) -> None:
    """Run until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    running = await start(config)
    log.info("沙箱 http://%s:%d", config.host, running.port)
    log.info("检验系统 LIS %s:%d", config.host, running.box.lis.port)
    log.info("手机 http://%s:%d/__wechat/", config.host, running.phone_port)
    await stop.wait()
    await running.close()
