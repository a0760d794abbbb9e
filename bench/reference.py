"""The reference of every figure: a bare Tornado handler that says hello, in one process.

``python -m bench.reference PORT`` serves it.
"""

import asyncio
import sys

from tornado.web import Application, RequestHandler

from bench.load import HOST, Plan, request


class Hello(RequestHandler):
    def get(self) -> None:
        self.write("hello")


async def serve(port: int) -> None:
    Application([(r"/", Hello)], log_function=lambda handler: None).listen(port, HOST)
    await asyncio.Event().wait()


def said_hello(status: int, head: bytes, body: bytes) -> str:
    return "hello" if status == 200 and body == b"hello" else f"{status}"


def plan(port: int, seconds: float, connections: int) -> Plan:
    """Hello from so many clients, as long as ``seconds``."""
    return Plan(
        port=port,
        requests=[request("GET", "/")],
        judge=said_hello,
        expected=frozenset({"hello"}),
        connections=connections,
        seconds=seconds,
    )


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
