"""A password of one's own: long enough, of several kinds, and not one that everybody tries."""

from wx_backend.base.context import Ctx
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.settings import service as settings
from wx_backend.identity.signin import guesses, passwords
from wx_backend.identity.signin.model import NewPassword, WeakPassword, check_password
from wx_backend.identity.staff.model import Member

LENGTH = "identity.password_length"


async def length(ctx: Ctx) -> int:
    """Characters that a new password has at least, as the hospital has decided."""
    return int(await settings.resolve(ctx, LENGTH))


async def hashed(ctx: Ctx, member: Member, form: NewPassword) -> str:
    """The member's new password as it is stored.

    Raises:
        Invalid: not the same twice. WeakPassword: too short, of too few kinds, built on what is
            known of the member, or soon guessed by who knows what people choose.
    """
    password = check_password(form, member.number, await length(ctx))
    here = await institutions.institution(ctx)
    about = (member.name, member.number, member.wecom, member.title, here.name, here.code)
    if await guesses.soon(password, about):
        raise WeakPassword(
            fields={"password": "这个密码太常见，或与本人、本院的信息相近，容易被猜中，请换一个"}
        )
    return await passwords.hashed(ctx.house, password)
