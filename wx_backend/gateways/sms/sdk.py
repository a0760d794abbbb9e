"""tencentcloud-sdk-python-sms on our pooled session (docs/adr/0019).

As it comes, the library trusts the environment's proxies, waits sixty seconds, tells a refused
connection from a lost answer only by words, overlooks a refusal whose content type names a charset,
and opens the door to redirects. Its requests, its signature and its models are used unchanged.
"""

import json
import logging
from typing import Any, Protocol

import requests
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111.sms_client import SmsClient

from wx_backend.gateways.http.asking import Untrusted
from wx_backend.gateways.sms.port import SmsConfig

HOST = "sms.tencentcloudapi.com"
ORIGIN = f"https://{HOST}"

logging.getLogger("tencentcloud_sdk_common").setLevel(logging.WARNING)  # it prints what it sends


class Question(Protocol):
    """What the library hands to its transport: a signed request."""

    method: str
    header: dict[str, Any]
    data: str


class PooledSms(SmsClient):
    """The library's client with our transport."""

    def __init__(self, config: SmsConfig, session: requests.Session) -> None:
        profile = ClientProfile(httpProfile=HttpProfile(endpoint=HOST))
        credential = Credential(config.secret_id, config.secret_key)
        super().__init__(credential, config.region, profile)
        self.request = _Transport(session)

    def _check_error(self, resp: requests.Response) -> None:
        """A refusal is one, whatever the content type. Raises TencentCloudSDKException, and
        Untrusted (not_json).
        """
        try:
            said = json.loads(resp.content)["Response"]
            error = said.get("Error")
            refusal = error and TencentCloudSDKException(error["Code"], error["Message"])
        except (ValueError, KeyError, TypeError, AttributeError) as broken:
            raise Untrusted("not_json") from broken
        if refusal:
            raise refusal


class _Transport:
    """Takes the place of the library's own."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    def send_request(self, question: Question) -> requests.Response:
        """Raises `requests` errors, also for a status that is no success."""
        headers = {**question.header, "User-Agent": "wx-backend"}
        response = self._session.request(
            question.method, f"{ORIGIN}/", data=question.data.encode(), headers=headers
        )
        response.raise_for_status()
        return response
