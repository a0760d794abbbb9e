"""Whether a platform's templates are those that our words fill (pure).

A message with a template that the account does not have is refused (40037), one with a field too
many or too few as well (47003): better said before somebody waits for it (protocols.md 1.5).
"""

import re
from collections.abc import Iterable, Mapping

from notify.messages.fields import known
from wx_backend.gateways.sms.port import ApprovedText
from wx_backend.gateways.wechat.port import AccountTemplate

FIELD = re.compile(r"\{(\d+)\}")


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


def unusable(
    ours: Mapping[str, int], ids: Mapping[str, str], theirs: Iterable[ApprovedText]
) -> list[str]:
    """What is wrong with the texts of a provider, in words; nothing wrong is an empty list.

    Args:
        ours: how many fields we fill, by our name of the text.
        ids: the provider's id by our name, as the channel has them.
        theirs: what the account has.
    """
    has = {one.id: one for one in theirs}
    missing = sorted(ours.keys() - ids.keys())
    found = [f"缺少短信模板：{'、'.join(missing)}"] if missing else []
    for name in sorted(ours.keys() & ids.keys()):
        text = has.get(ids[name])
        if text is None:
            found.append(f"{name}：账号里没有短信模板 {ids[name]}")
        elif not text.usable:
            found.append(f"{name}：短信模板未通过审核或尚未生效 {text.why}".rstrip())
        elif (wanted := len(set(FIELD.findall(text.words)))) != ours[name]:
            found.append(f"{name}：短信模板有 {wanted} 个变量，我们填写 {ours[name]} 个")
    return found
