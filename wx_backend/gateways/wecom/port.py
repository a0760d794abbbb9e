"""What we ask of an application (应用) of the hospital's WeCom (企业微信), in our words."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from wx_backend.base.errors import AppError


class WeComConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials of one application. `token` and `aes_key` (43 characters) belong to its callback.

    `open_url` is WeChat's page of consent, which WeCom shares.
    """

    corp_id: str
    agent_id: int
    secret: str
    token: str
    aes_key: str
    api_url: str = "https://qyapi.weixin.qq.com"
    open_url: str = "https://open.weixin.qq.com"


class StaffIdentity(msgspec.Struct, frozen=True):
    """A member of the corp, by the id the hospital gave them; always in lower case."""

    userid: str


class Button(msgspec.Struct, frozen=True, kw_only=True):
    """One button. With `url` it opens a page; otherwise its `key` comes back in a `StaffEvent`.

    `style`: 1 strong, 2 plain, 3 red, 4 grey (protocols.md 3.3).
    """

    text: str
    key: str = ""
    url: str | None = None
    style: int = 1


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A list to choose one value from; what was chosen comes with the next button.

    `options` is text by id.
    """

    key: str
    title: str
    options: dict[str, str]
    selected: str | None = None


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A template card: with `buttons` they call back (`button_interaction`), without it only
    tells (`text_notice`). `url` is what a tap on the card opens.

    Args:
        task_id: our id of the card, at most 128 of `0-9A-Za-z_-@`: a repetition of the same card
            with it is dropped by the platform within four hours.
        source: small line on top; `source_color` 0 grey, 1 black, 2 red, 3 green.
        title: at most 36 characters; `subtitle` 44, `text` 160.
        fields: at most six (label, value) rows, labels of five characters at most.
        closed: with it the buttons are one grey word (only for `update_card`).
    """

    task_id: str
    title: str
    url: str
    subtitle: str = ""
    text: str = ""
    source: str = ""
    source_color: int = 0
    fields: tuple[tuple[str, str], ...] = ()
    choice: Choice | None = None
    buttons: tuple[Button, ...] = ()
    closed: str | None = None


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """Accepted by the platform, which never tells whether it was shown: beyond 30 a minute to one
    person it is silently dropped. `invalid_users` did not get it at all (unknown, not visible, no
    licence).
    """

    msgid: str
    invalid_users: tuple[str, ...] = ()


class SentCard(Sent, frozen=True, kw_only=True):
    """`response_code` changes the card once within 72 hours; empty for a card without buttons."""

    response_code: str = ""


class StaffEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A message or event of a member from the application's callback.

    `kind` is the event in lower case (`template_card_event`, `enter_agent`, …) or `message.<type>`;
    `dedupe_key` is the same for every repetition of one delivery. A tap on a card brings its
    `task_id`, the button's `event_key`, what was `chosen` (option ids by the choice's key) and a
    `response_code` of its own.
    """

    kind: str
    userid: str
    dedupe_key: str
    task_id: str | None = None
    event_key: str | None = None
    response_code: str | None = None
    chosen: dict[str, tuple[str, ...]] = {}


class WeComCodeUsed(AppError):
    """The sign-in code was used before or is too old (back button, double load): start the sign-in
    again.
    """

    code, status, message = "wecom_code_used", 401, "登录已失效，请从企业微信重新进入"


class NotStaff(AppError):
    """Whoever signed in is no member of this corp."""

    code, status, message = "not_staff", 403, "您不是本院企业微信成员，无法登录"


class StaffCallbacks(Protocol):
    """Reads what the platform posts to us. Never calls out."""

    def verify_url(self, query: Mapping[str, str]) -> str:
        """The text to answer, exactly so and within a second, when the console checks our address.
        Raises `CallbackRejected`.
        """

    def parse(self, query: Mapping[str, str], body: bytes) -> StaffEvent:
        """Verify, decrypt and read one delivery. Raises `CallbackRejected`."""


class WeComPort(Protocol):
    """One application of a corp.

    The sends and `update_card` raise `SendRefused`, `SendInvalid`, `SendLater` or `SendUnknown`,
    and `GatewayBusy` (nothing sent).
    """

    callbacks: StaffCallbacks

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where to send WeCom's browser to sign in. `state`: at most 128 letters and digits."""

    async def sign_in(self, code: str) -> StaffIdentity:
        """Exchange the code of the web sign-in. Raises `WeComCodeUsed`, `NotStaff`,
        `GatewayRefused`, `GatewayUnknown`.
        """

    async def send_text(self, userids: Sequence[str], text: str) -> Sent:
        """At most 1000 members, 2048 bytes. The platform does not drop a repetition of it."""

    async def send_card(self, userids: Sequence[str], card: Card) -> SentCard:
        """At most 1000 members. Sent again within four hours it is not shown again."""

    async def update_card(
        self, response_code: str, userids: Sequence[str], change: str | Card
    ) -> tuple[str, ...]:
        """Make the buttons one grey word, or the whole message another card; who was not reached.

        `SendInvalid` here also means that the code was used before or is older than 72 hours.
        """
