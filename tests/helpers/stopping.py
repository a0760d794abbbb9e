"""Web servers of a test, stopped so that nothing of theirs is left for the next test."""

import asyncio

from tornado.httpserver import HTTPServer
from tornado.web import RequestHandler

PATIENCE = 5.0
"""Seconds for those being answered: a handler does not know that its caller has gone. Who still
waits then, as for news, is sent away.
"""


async def stop(server: HTTPServer) -> None:
    """Nobody is answered any more. A database may be handed on only then: what a handler writes
    after it was emptied would be the next test's.
    """
    server.stop()
    left = {task for task in asyncio.all_tasks() if _answers(task)}
    left.add(asyncio.create_task(server.close_all_connections()))
    _, late = await asyncio.wait(left, timeout=PATIENCE)
    for task in late:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def _answers(task: asyncio.Task) -> bool:
    return task.get_coro().__qualname__ == RequestHandler._execute.__qualname__
