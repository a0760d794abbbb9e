"""Tencent Cloud's codes: one meaning for each."""

import pytest

from wx_backend.base.errors import GatewayBusy, GatewayRefused, GatewayUnknown
from wx_backend.gateways.sending import SendInvalid, SendLater, SendRefused, SendUnknown
from wx_backend.gateways.sms.answers import account_trouble, ask_failure, send_failure
from wx_backend.gateways.standing import Trouble


@pytest.mark.parametrize(
    ("code", "kind", "tomorrow"),
    [
        ("InvalidParameterValue.IncorrectPhoneNumber", SendRefused, None),
        ("FailedOperation.PhoneNumberInBlacklist", SendRefused, None),
        ("LimitExceeded.PhoneNumberThirtySecondLimit", SendLater, False),
        ("LimitExceeded.PhoneNumberOneHourLimit", SendLater, False),
        ("LimitExceeded.PhoneNumberDailyLimit", SendLater, True),
        ("LimitExceeded.AppDailyLimit", SendLater, True),
        ("RequestLimitExceeded", SendLater, False),
        ("FailedOperation.InsufficientBalanceInSmsPackage", SendLater, False),
        ("UnauthorizedOperation.SerivceSuspendDueToArrears", SendLater, False),
        ("AuthFailure.SignatureFailure", SendLater, False),
        ("InternalError.SigVerificationFail", SendLater, False),
        ("FailedOperation.TemplateIncorrectOrUnapproved", SendInvalid, None),
        ("FailedOperation.SignatureIncorrectOrUnapproved", SendInvalid, None),
        ("InvalidParameterValue.ContentLengthLimit", SendInvalid, None),
        ("UnauthorizedOperation.SmsSdkAppIdVerifyFail", SendInvalid, None),
        ("InternalError.Timeout", SendUnknown, None),
        ("InternalError.SendAndRecvFail", SendUnknown, None),
        ("ResourceUnavailable", SendUnknown, None),
        ("JSONDecodeError", SendUnknown, None),
        ("", SendUnknown, None),
    ],
)
def test_what_each_code_says_of_a_text(code, kind, tomorrow):
    error = send_failure(code, "words")
    assert type(error) is kind
    assert error.data["platform_code"] == code
    assert getattr(error, "tomorrow", None) is tomorrow


@pytest.mark.parametrize(
    ("code", "whole"),
    [
        ("AuthFailure.SignatureFailure", True),
        ("UnauthorizedOperation.SerivceSuspendDueToArrears", True),
        ("FailedOperation.InsufficientBalanceInSmsPackage", False),
        ("FailedOperation.PhoneNumberInBlacklist", None),
        ("LimitExceeded.AppDailyLimit", None),
    ],
)
def test_what_each_code_says_of_the_account(code, whole):
    trouble = account_trouble(send_failure(code, "words"))
    assert trouble == (None if whole is None else Trouble(code, whole))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("RequestLimitExceeded", GatewayBusy),
        ("AuthFailure.SecretIdNotFound", GatewayRefused),
        ("InvalidParameterValue.BeginTimeVerifyFail", GatewayRefused),
        ("InternalError", GatewayUnknown),
    ],
)
def test_what_each_code_says_of_a_question(code, kind):
    assert type(ask_failure(code, "words")) is kind
