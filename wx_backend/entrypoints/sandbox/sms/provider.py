"""The provider's books: who was texted, what the carrier said of it, and what it lets through.

A number gets one text in thirty seconds, five in an hour and ten in a day, as is usual; the seconds
are divided by the sandbox's speed.
"""

import json
import re
import secrets
from typing import Any

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.faults import SMS_FATE, Faults
from wx_backend.entrypoints.sandbox.keys import Keys
from wx_backend.entrypoints.sandbox.sms.texts import BY_ID, Text
from wx_backend.entrypoints.sandbox.sms.wire import SmsError
from wx_backend.entrypoints.sandbox.store import Row, Store

MAINLAND = re.compile(r"\+861[3-9]\d{9}")
LIMITS = (
    (30, 1, "LimitExceeded.PhoneNumberThirtySecondLimit"),
    (3600, 5, "LimitExceeded.PhoneNumberOneHourLimit"),
)
IN_A_DAY = (10, "LimitExceeded.PhoneNumberDailyLimit")
REPORT_SECONDS = 3
KEPT_SECONDS = 7 * 86400
SESSIONS = "sms_sessions"
"""The fact that the provider hands our own reference back, which it does on request only."""

Body = dict[str, Any]


class Provider:
    """One application. Raises SmsError for what is wrong with a whole request."""

    def __init__(self, store: Store, keys: Keys, faults: Faults, speed: float) -> None:
        self._store, self._keys, self._faults, self._speed = store, keys, faults, speed

    def send(self, body: Body, endpoint: str) -> Body:
        """`SendSms`."""
        self._application(body)
        numbers = body.get("PhoneNumberSet")
        if not isinstance(numbers, list) or not numbers:
            raise SmsError("MissingParameter.EmptyPhoneNumberSet", "号码列表为空")
        return {"SendStatusSet": [self._one(str(one), body, endpoint) for one in numbers]}

    def reports(self, body: Body, endpoint: str) -> Body:
        """`PullSmsSendStatusByPhoneNumber`: what the carriers have said by now."""
        self._application(body)
        begin, now = body.get("BeginTime"), clock.now()
        end = body.get("EndTime", int(now) + 1)
        if not isinstance(begin, int) or begin < now - KEPT_SECONDS:
            raise SmsError("InvalidParameterValue.BeginTimeVerifyFail", "BeginTime 无效")
        if not isinstance(end, int) or end < begin:
            raise SmsError("InvalidParameterValue.EndTimeVerifyFail", "EndTime 无效")
        if body.get("Offset") != 0 or not 0 < int(body.get("Limit", 0)) <= 100:
            raise SmsError("InvalidParameterValue.LimitVerifyFail", "Limit 无效")
        rows = self._store.many(
            "SELECT * FROM texts WHERE phone = ? AND at >= ? AND at <= ? AND fate != 'unreported'"
            " AND at <= ? ORDER BY at LIMIT ?", str(body.get("PhoneNumber")), begin, end,
            now - REPORT_SECONDS / self._speed, body["Limit"],
        )  # fmt: skip
        told = self._store.fact(SESSIONS) == "on"
        return {"PullSmsSendStatusSet": [_status(row, told) for row in rows]}

    def templates(self, body: Body, endpoint: str) -> Body:
        """`DescribeSmsTemplateList`: those of the named ones that there are."""
        if body.get("International") != 0:
            raise SmsError("InvalidParameterValue.InvalidInternational", "International 无效")
        named = [str(one) for one in body.get("TemplateIdSet") or BY_ID]
        found = [BY_ID[one] for one in named if one in BY_ID]
        return {"DescribeTemplateStatusSet": [_template(one) for one in found]}

    def listing(self) -> list[Body]:
        """The texts that numbers got, oldest first, as they read them."""
        rows = self._store.many("SELECT * FROM texts ORDER BY at, serial")
        return [{**row, "fields": json.loads(row["fields"])} for row in rows]

    def hand_back(self, on: bool) -> None:
        """Whether reports carry what we gave as our own reference."""
        self._store.remember(SESSIONS, "on" if on else "off")

    def _application(self, body: Body) -> None:
        if str(body.get("SmsSdkAppId")) != self._keys.sms_app_id:
            raise SmsError("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "SmsSdkAppId 校验失败")

    def _one(self, phone: str, body: Body, endpoint: str) -> Body:
        """What the answer says of one number; it gets the text when that is `Ok`."""
        context = str(body.get("SessionContext") or "")
        said = {"PhoneNumber": phone, "SessionContext": context, "IsoCode": "CN"}
        code, words = self._refusal(phone, body)
        if code:
            return {**said, "SerialNo": "", "Fee": 0, "Code": code, "Message": words}
        serial = f"2640:{secrets.randbelow(10**28):028d}"
        text = BY_ID[str(body["TemplateId"])]
        values = [str(one) for one in body.get("TemplateParamSet") or ()]
        fault = self._faults.take(endpoint, SMS_FATE)
        self._store.put(
            "texts",
            {
                "serial": serial, "phone": phone, "template_id": text.id, "context": context,
                "words": f"【{body['SignName']}】{text.filled(values)}",
                "fields": json.dumps(values, ensure_ascii=False), "at": clock.now(),
                "fate": fault.kind.removeprefix("sms_") if fault else "delivered",
            },
        )  # fmt: skip
        return {**said, "SerialNo": serial, "Fee": 1, "Code": "Ok", "Message": "send success"}

    def _refusal(self, phone: str, body: Body) -> tuple[str, str]:
        """Code and words of why this number does not get it; empty when it does."""
        text = BY_ID.get(str(body.get("TemplateId")))
        if not MAINLAND.fullmatch(phone):
            return "InvalidParameterValue.IncorrectPhoneNumber", "手机号格式错误"
        if body.get("SignName") != self._keys.sms_signature:
            return "FailedOperation.SignatureIncorrectOrUnapproved", "签名未审批或格式错误"
        if text is None or not _fits(text, body.get("TemplateParamSet")):
            return "FailedOperation.TemplateIncorrectOrUnapproved", "模板未审批或内容不匹配"
        return self._too_many(phone)

    def _too_many(self, phone: str) -> tuple[str, str]:
        rows = self._store.many("SELECT at FROM texts WHERE phone = ?", phone)
        now = clock.now()
        for seconds, most, code in LIMITS:
            if sum(row["at"] > now - seconds / self._speed for row in rows) >= most:
                return code, "下发短信命中了频率限制"
        most, code = IN_A_DAY
        today = [row for row in rows if clock.day_of(row["at"]) == clock.today()]
        return (code, "当日条数超过上限") if len(today) >= most else ("", "")


def _fits(text: Text, values: object) -> bool:
    given = values if isinstance(values, list) else []
    return len(given) == text.fields and all(isinstance(one, str) and one for one in given)


def _status(row: Row, told: bool) -> Body:
    delivered = row["fate"] == "delivered"
    return {
        "UserReceiveTime": int(row["at"]), "CountryCode": "86", "PhoneNumber": row["phone"],
        "SubscriberNumber": row["phone"].removeprefix("+86"), "SerialNo": row["serial"],
        "ReportStatus": "SUCCESS" if delivered else "FAIL",
        "Description": "DELIVRD" if delivered else "用户关机或停机",
        "SessionContext": row["context"] if told else "",
    }  # fmt: skip


def _template(text: Text) -> Body:
    return {
        "TemplateId": int(text.id), "International": 0, "StatusCode": 0, "ReviewReply": "",
        "TemplateName": text.name, "CreateTime": 1_700_000_000, "TemplateContent": text.words,
    }  # fmt: skip
