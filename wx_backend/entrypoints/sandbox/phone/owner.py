"""Whose phone this is: a cookie that only the phone's own pages see."""

from tornado.web import RequestHandler

from wx_backend.entrypoints.sandbox import people
from wx_backend.entrypoints.sandbox.people import Person

_COOKIE = "wechat_person"


def of(handler: RequestHandler) -> Person | None:
    """The phone's owner; None while nobody signed in to WeChat."""
    return people.by_key(handler.get_cookie(_COOKIE, "") or "")


def become(handler: RequestHandler, person: Person) -> None:
    """The phone belongs to `person` from now on."""
    handler.set_cookie(_COOKIE, person.key, path="/__wechat/", samesite="Lax")


def leave_web(handler: RequestHandler) -> None:
    """Another person is another phone: forget what the web had stored in this one."""
    for name in handler.request.cookies:
        if name != _COOKIE:
            handler.clear_cookie(name, path="/")
