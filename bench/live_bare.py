"""The reference of ``live``: one bare Tornado process that passes on to a topic's sockets what is
posted to it. Nothing is stored, nobody is asked who they are.

``python -m bench.live_bare PORT`` serves it.
"""

import asyncio
import sys
from collections import defaultdict

import msgspec
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

from bench.load import HOST

WATCHERS: dict[str, list[WebSocketHandler]] = defaultdict(list)


class Live(WebSocketHandler):
    def on_message(self, message: str | bytes) -> None:
        asked = msgspec.json.decode(message)
        for topic in asked["follow"]:
            WATCHERS[topic].append(self)
        self.write_message(b'{"following":{}}')


class Publish(RequestHandler):
    def post(self, topic: str) -> None:
        for one in WATCHERS[topic]:
            one.write_message(self.request.body)


async def serve(port: int) -> None:
    routes = [(r"/live", Live), (r"/publish/(.+)", Publish)]
    Application(routes, log_function=lambda handler: None).listen(port, HOST)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
