"""Whether a platform's templates are those that our words fill (pure).

A message with a template that the account does not have is refused (40037), one with a field too
many or too few as well (47003): better said before somebody waits for it (protocols.md 1.5).
"""

from collections.abc import Iterable, Mapping

from notify.messages.fields import known
from wx_backend.gateways.wechat.port import AccountTemplate


def disagreements(
    ours: Mapping[str, frozenset[str]],
    ids: Mapping[str, str],
    theirs: Iterable[AccountTemplate],
) -> list[str]:
    """What is wrong, in words; nothing wrong is an empty list.

    Args:
        ours: the fields that we fill, by our name of the template.
        ids: the platform's id by our name, as the channel has them.
        theirs: what the account has.
    """
    has = {one.id: one for one in theirs}
    found = []
    missing = sorted(ours.keys() - ids.keys())
    if missing:
        found.append(f"缺少模板：{'、'.join(missing)}")
    for name in sorted(ours.keys() & ids.keys()):
        if ids[name] not in has:
            found.append(f"{name}：账号里没有模板 {ids[name]}")
        else:
            found += [f"{name}：{words}" for words in _fields(ours[name], has[ids[name]])]
    return found


def _fields(ours: frozenset[str], template: AccountTemplate) -> list[str]:
    theirs = frozenset(template.fields)
    unknown = sorted(field for field in theirs if not known(field))
    told = (
        ("模板没有我们填写的字段", sorted(ours - theirs)),
        ("模板要求而我们没有填写的字段", sorted(theirs - ours)),
        ("字段类型未知", unknown),
    )
    return [f"“{template.title}”{words}：{'、'.join(fields)}" for words, fields in told if fields]
