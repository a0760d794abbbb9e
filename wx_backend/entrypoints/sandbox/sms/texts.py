"""The texts that the hospital has had approved, under ids of the provider's. Pure."""

import hashlib
import re
from dataclasses import dataclass

FIELD = re.compile(r"\{(\d+)\}")

WORDS = {
    "visit_changed": "{1}的就诊安排有变动，请打开医院微信服务号或支付宝“我的消息”查看，以免空跑。",
    "answer_wanted": "{1}的就诊安排等待您处理，请尽快打开医院微信服务号或支付宝“我的消息”。",
    "access_changed": "{1}的在线预约权限有变动，请打开医院微信服务号或支付宝“我的消息”查看。",
    "payment_returned": "{1}的缴费未成功，费用将原路退回，请打开医院微信服务号或支付宝查看。",
}


@dataclass(frozen=True)
class Text:
    """An approved text. `words` have fields `{1}`, `{2}`, …"""

    name: str
    words: str

    @property
    def id(self) -> str:
        """The provider's number of it."""
        digest = hashlib.sha256(f"text:{self.name}".encode()).digest()
        return str(1_000_000 + int.from_bytes(digest[:6]) % 1_000_000)

    @property
    def fields(self) -> int:
        return len(set(FIELD.findall(self.words)))

    def filled(self, values: list[str]) -> str:
        return FIELD.sub(lambda found: values[int(found[1]) - 1], self.words)


TEXTS = tuple(Text(name, words) for name, words in WORDS.items())
BY_ID = {one.id: one for one in TEXTS}


def ids() -> dict[str, str]:
    """Every text's id by name."""
    return {one.name: one.id for one in TEXTS}
