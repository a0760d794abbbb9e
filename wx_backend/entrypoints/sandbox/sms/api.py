"""sms.tencentcloudapi.com under `/sms/`: one address, the header `X-TC-Action` says what is asked.

Every answer is HTTP 200 with `{"Response": {…}}`; a refusal is an `Error` inside.
"""

import json
import secrets
from typing import Any

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.faults import SMS_CODE
from wx_backend.entrypoints.sandbox.sms.wire import SmsError, judge
from wx_backend.entrypoints.sandbox.wire import WireHandler

VERSION = "2021-01-11"
ACTIONS = {
    "SendSms": "send",
    "PullSmsSendStatusByPhoneNumber": "reports",
    "DescribeSmsTemplateList": "templates",
}


class Sms(WireHandler):
    """Judges the signature first, then does what is asked."""

    refusal = SmsError

    @property
    def endpoint(self) -> str:
        """What faults and the journal call this call."""
        return f"/sms/{self.request.headers.get('X-TC-Action', '')}"

    def post(self) -> None:
        headers = {name.lower(): value for name, value in self.request.headers.items()}
        keys = self.box.keys
        judge(headers, self.request.body, keys.sms_secret_id, keys.sms_secret_key, clock.now())
        if fault := self.box.faults.take(self.endpoint, SMS_CODE):
            raise SmsError(str(fault.value), "沙箱按计划拒绝")
        if headers.get("x-tc-version") != VERSION or headers.get("x-tc-action") not in ACTIONS:
            raise SmsError("InvalidAction", "接口或版本不存在")
        if not headers.get("x-tc-region"):
            raise SmsError("MissingParameter", "缺少 X-TC-Region")
        body = self.json_body()
        if not isinstance(body, dict):
            raise SmsError("FailedOperation.JsonParseFail", "解析请求包体失败")
        act = getattr(self.box.texts, ACTIONS[headers["x-tc-action"]])
        self._answer(act(body, self.endpoint))

    def refuse(self, error: Any) -> None:
        self._answer({"Error": {"Code": error.code, "Message": error.words}})

    def _answer(self, content: dict[str, Any]) -> None:
        told = {"Response": {**content, "RequestId": secrets.token_hex(16)}}
        self.set_header("Content-Type", "application/json")
        self.reply(json.dumps(told, ensure_ascii=False).encode())


routes = [(r"/sms/", Sms)]
