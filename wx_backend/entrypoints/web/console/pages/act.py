"""An act on what a page shows: done, the page says so; refused, it is shown with the reason."""

from wx_backend.base.errors import AppError, NotFound
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage


class Act(ConsolePage):
    """Stands before the page it acts on, which has ``show_one(key, error)``.

    Args:
        path: of the page, without the key.
        tasks: whether the work list may have become another one.
    """

    path = ""
    tasks = False

    async def get(self, key: str, *_: str) -> None:
        """Its address is no page: to what it acts on."""
        self.go(f"{self.path}/{key}")

    async def post(self, key: str, *about: str) -> None:
        """``about`` is the key of a part of what the page shows, where the act is about one."""
        try:
            words = await self.act(*(about or (key,)))
        except NotFound:
            raise
        except AppError as error:
            await self.show_one(key, error)
            return
        if self.tasks:
            self.tasks_changed()
        self.say(words, f"{self.path}/{key}")

    async def act(self, key: str) -> str:
        """What is said when it is done."""
        raise NotFound
