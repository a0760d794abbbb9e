"""An application at Tencent Cloud behind `SmsPort`: its SDK on a bounded thread pool."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import requests
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.sms.v20210111 import models

from wx_backend.base.bridge import Pool
from wx_backend.base.errors import AppError, GatewayBusy, GatewayUnknown
from wx_backend.gateways.http.adapter import never_sent, platform_session
from wx_backend.gateways.http.asking import Untrusted
from wx_backend.gateways.sending import SendLater, SendUnknown
from wx_backend.gateways.sms.answers import (
    OK,
    PLATFORM,
    account_trouble,
    ask_failure,
    send_failure,
)
from wx_backend.gateways.sms.port import ApprovedText, Report, SmsConfig, TextMessage
from wx_backend.gateways.sms.sdk import ORIGIN, PooledSms
from wx_backend.gateways.standing import Standing

MOST = 100
"""Rows that the provider gives at once."""

T = TypeVar("T")
Failure = Callable[[str, str], AppError]


class TextProvider:
    """Implements `SmsPort`. Safe to share; disconnect it when its channel changes."""

    def __init__(self, config: SmsConfig, pool: Pool) -> None:
        self._config, self._pool = config, pool
        self.standing = Standing(PLATFORM, account_trouble)
        self._session = platform_session(ORIGIN, config.api_url)
        self._sdk = PooledSms(config, self._session)

    async def send(self, message: TextMessage) -> str:
        return await self._pool.call(self._send, message)

    async def reports(self, phone: str, since: datetime, until: datetime) -> list[Report]:
        asked = models.PullSmsSendStatusByPhoneNumberRequest()
        asked.PhoneNumber, asked.SmsSdkAppId = _e164(phone), self._config.app_id
        asked.BeginTime, asked.EndTime = int(since.timestamp()), int(until.timestamp()) + 1
        asked.Offset, asked.Limit = 0, MOST
        answer = await self._pool.call(
            self._ask, "reports", lambda: self._sdk.PullSmsSendStatusByPhoneNumber(asked)
        )
        return [_report(row) for row in answer.PullSmsSendStatusSet or ()]

    async def templates(self, ids: list[str]) -> list[ApprovedText]:
        asked = models.DescribeSmsTemplateListRequest()
        asked.International = 0
        asked.TemplateIdSet = [int(one) for one in ids if one.isdigit()]
        answer = await self._pool.call(
            self._ask, "templates", lambda: self._sdk.DescribeSmsTemplateList(asked)
        )
        return [_template(row) for row in answer.DescribeTemplateStatusSet or ()]

    def disconnect(self) -> None:
        """Give the pooled connections back."""
        self._session.close()

    def _send(self, message: TextMessage) -> str:
        asked = models.SendSmsRequest()
        asked.SmsSdkAppId, asked.SignName = self._config.app_id, self._config.signature
        asked.PhoneNumberSet = [_e164(message.phone)]
        asked.TemplateId, asked.TemplateParamSet = message.template, list(message.fields)
        asked.SessionContext = message.reference
        with self.standing.watch("send"):
            try:
                answer = self._exchange(lambda: self._sdk.SendSms(asked), send_failure)
            except (requests.RequestException, Untrusted) as error:
                raise _unsent(error) from error
            rows = answer.SendStatusSet or ()
            if len(rows) != 1:
                raise SendUnknown(platform=PLATFORM)
            code, words = str(rows[0].Code or ""), str(rows[0].Message or "")
            if code.lower() != OK.lower():
                raise send_failure(code, words)
            if not rows[0].SerialNo:
                raise SendUnknown(platform=PLATFORM)
            return str(rows[0].SerialNo)

    def _ask(self, call: str, ask: Callable[[], T]) -> T:
        with self.standing.watch(call):
            try:
                return self._exchange(ask, ask_failure)
            except (requests.RequestException, Untrusted) as error:
                if isinstance(error, requests.RequestException) and never_sent(error):
                    raise GatewayBusy(platform=PLATFORM) from error
                raise GatewayUnknown(platform=PLATFORM) from error

    def _exchange(self, ask: Callable[[], T], failure: Failure) -> T:
        """The library words everything as its one exception: a refusal, what the transport raised,
        and an answer of another shape, whose code is then no code of the platform.
        """
        try:
            return ask()
        except TencentCloudSDKException as error:
            if isinstance(error.__context__, requests.RequestException | Untrusted):
                raise error.__context__ from error
            raise failure(str(error.code or ""), str(error.message or "")) from error


def _unsent(error: requests.RequestException | Untrusted) -> AppError:
    if isinstance(error, requests.RequestException) and never_sent(error):
        return SendLater(platform_code="not_connected")
    return SendUnknown(platform=PLATFORM)


def _e164(phone: str) -> str:
    return f"+86{phone}"


def _report(row: models.PullSmsSendStatus) -> Report:
    return Report(
        id=str(row.SerialNo),
        delivered=row.ReportStatus == "SUCCESS",
        words=str(row.Description or ""),
        reference=str(row.SessionContext or ""),
    )


def _template(row: models.DescribeTemplateListStatus) -> ApprovedText:
    return ApprovedText(
        id=str(row.TemplateId),
        usable=row.StatusCode == 0,
        words=str(row.TemplateContent or ""),
        why=str(row.ReviewReply or ""),
    )
