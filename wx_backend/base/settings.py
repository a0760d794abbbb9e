"""Every setting of a process, declared once: name, type, default and meaning.

Read from ``WX_*`` environment variables by ``load``, or from systemd's credentials of the same
names. ``docs/settings.md`` is generated from this class, and production refuses values that belong
to a sandbox.
"""

import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

from wx_backend.base.errors import AppError

OFFICIAL_HOSTS = {
    "wechat_api_url": "https://api.weixin.qq.com",
    "wechat_open_url": "https://open.weixin.qq.com",
    "wechat_pay_url": "https://api.mch.weixin.qq.com",
    "wechat_h5_url": "https://wx.tenpay.com",
    "wecom_api_url": "https://qyapi.weixin.qq.com",
    "alipay_url": "https://openapi.alipay.com",
    "alipay_open_url": "https://openauth.alipay.com",
    "alipay_cashier_url": "https://mclient.alipay.com",
    "alipay_bill_url": "https://dwbillcenter.alipay.com",
    "sms_url": "https://sms.tencentcloudapi.com",
}

CREDENTIALS = "CREDENTIALS_DIRECTORY"


class BadSettings(AppError):
    code, status, message = "bad_settings", 500, "配置有误"


def _help(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Process settings; each field ``x`` is read from ``WX_X``."""

    env: Annotated[
        Literal["demo", "test", "production"],
        _help("Kind of deployment; production refuses sandbox values."),
    ] = "demo"
    host: Annotated[str, _help("Address the web process listens on.")] = "127.0.0.1"
    port: Annotated[int, _help("Port the web process listens on.")] = 8000
    public_url: Annotated[
        str, _help("What patients' phones open; OAuth and links in messages start with it.")
    ] = "http://127.0.0.1:8000"
    behind_proxy: Annotated[
        bool,
        _help("A reverse proxy sets X-Real-IP and X-Forwarded-Proto on every request."),
    ] = False
    metrics_port: Annotated[
        int,
        _help(
            "First of 16 loopback ports for Prometheus metrics: each web, worker and gateway "
            "process takes the first that is free; 0 = none."
        ),
    ] = 0
    mongo_uri: Annotated[
        str, _help("MongoDB replica set; empty in the demo starts an embedded one.")
    ] = ""
    mongo_db: Annotated[str, _help("Database name.")] = "wx"
    broker_url: Annotated[
        str, _help("Celery broker (Redis or RabbitMQ); only a fast path, may be down.")
    ] = ""
    secret: Annotated[str, _help("Signs sessions and forms; at least 32 characters.")] = ""
    field_keys: Annotated[
        str, _help("Field encryption keys, newest first: v2:<base64 of 32 bytes>,v1:…")
    ] = ""
    index_key: Annotated[str, _help("Key of the blind index, base64 of 32 bytes.")] = ""
    field_suite: Annotated[
        Literal["aes", "sm4"], _help("Algorithms of field encryption (AES-256/SHA-256 or SM4/SM3).")
    ] = "aes"
    audit_keys: Annotated[
        str, _help("Keys that sign the audit trail, newest first: k2:<base64 of 32 bytes>,k1:…")
    ] = ""
    audit_dir: Annotated[
        str, _help("Folder outside the database for checkpoints of the audit trail; empty = none.")
    ] = ""
    default_institution: Annotated[
        str, _help("Institution shown when the host name belongs to none.")
    ] = ""
    wechat_api_url: Annotated[str, _help("WeChat server API.")] = OFFICIAL_HOSTS["wechat_api_url"]
    wechat_open_url: Annotated[str, _help("WeChat web authorisation.")] = OFFICIAL_HOSTS[
        "wechat_open_url"
    ]
    wechat_pay_url: Annotated[str, _help("WeChat Pay API v3.")] = OFFICIAL_HOSTS["wechat_pay_url"]
    wechat_h5_url: Annotated[
        str, _help("Where WeChat Pay's H5 cashier lives; pay forms may lead there.")
    ] = OFFICIAL_HOSTS["wechat_h5_url"]
    wecom_api_url: Annotated[str, _help("WeCom server API.")] = OFFICIAL_HOSTS["wecom_api_url"]
    alipay_url: Annotated[str, _help("Alipay's open platform (its gateway.do).")] = OFFICIAL_HOSTS[
        "alipay_url"
    ]
    alipay_open_url: Annotated[str, _help("Alipay web authorisation.")] = OFFICIAL_HOSTS[
        "alipay_open_url"
    ]
    alipay_cashier_url: Annotated[
        str, _help("Where Alipay's cashier for browsers lives; pay forms may lead there.")
    ] = OFFICIAL_HOSTS["alipay_cashier_url"]
    alipay_bill_url: Annotated[
        str, _help("Where Alipay's daily bills are fetched from; no other host is.")
    ] = OFFICIAL_HOSTS["alipay_bill_url"]
    sms_url: Annotated[str, _help("Text messages: Tencent Cloud SMS (API 3.0).")] = OFFICIAL_HOSTS[
        "sms_url"
    ]
    hl7_host: Annotated[str, _help("Address the interface gateway listens on.")] = "127.0.0.1"
    hl7_port: Annotated[int, _help("Port of the interface gateway (MLLP).")] = 2575
    hl7_institution: Annotated[
        str, _help("Whose systems connect to the gateway; empty means the default institution.")
    ] = ""
    hl7_peers: Annotated[
        str,
        _help("Networks that may connect to the gateway, comma separated; empty means any."),
    ] = ""
    hl7_charset: Annotated[
        str, _help("Charset of senders that leave MSH-18 empty (utf-8, gb18030).")
    ] = "utf-8"
    hl7_tls_cert: Annotated[
        str, _help("PEM file of the gateway's certificate (chain); empty means MLLP without TLS.")
    ] = ""
    hl7_tls_key: Annotated[str, _help("PEM file of its private key; empty = in the same file.")] = (
        ""
    )
    hl7_tls_client_ca: Annotated[
        str, _help("PEM file of who signs the peers' certificates; set, a peer must have one.")
    ] = ""
    hl7_tls_names: Annotated[
        str,
        _help("Names (DNS or common) a peer's certificate may have, comma separated; empty = any."),
    ] = ""
    retention_daily: Annotated[
        bool,
        _help("Remove once a day what is past its time to be kept (docs/retention.md)."),
    ] = False
    hl7_enhanced: Annotated[
        bool, _help("Answer as MSH-15 and MSH-16 ask (CA, CE, CR); false: always AA, AE, AR.")
    ] = True
    static_dir: Annotated[str, _help("Front-end files; empty means those of the package.")] = ""
    log_level: Annotated[str, _help("Level of the JSON log.")] = "INFO"
    sweep_seconds: Annotated[
        float, _help("Pause between two rounds of the sweeper, in seconds.")
    ] = 1.0
    view_seconds: Annotated[
        float, _help("How old the in-memory view of free numbers may be, in seconds.")
    ] = 1.0
    session_days: Annotated[int, _help("Days after which a patient signs in again.")] = 30
    staff_idle_minutes: Annotated[
        int, _help("Minutes without a request after which staff sign in again.")
    ] = 30
    staff_session_hours: Annotated[
        int, _help("Hours after which staff sign in again, however busy they are.")
    ] = 12
    request_rate: Annotated[
        float, _help("Requests per second allowed to one address or account before 429.")
    ] = 50.0
    request_burst: Annotated[int, _help("Requests one address or account may make at once.")] = 200
    crash_after_writes: Annotated[
        int,
        _help("Fault drill: the process kills itself after its n-th database write; 0 = never."),
    ] = 0

    def check(self) -> list[str]:
        """What is wrong with these values, in words; empty when nothing is."""
        wrong = []
        for name in ("secret", "field_keys", "index_key", "mongo_uri"):
            if not getattr(self, name):
                wrong.append(f"WX_{name.upper()} is not set")
        if self.secret and len(self.secret) < 32:
            wrong.append("WX_SECRET has fewer than 32 characters")
        if self.env == "production":
            wrong += self._unfit_for_production()
        return wrong

    def _unfit_for_production(self) -> list[str]:
        wrong = [
            f"WX_{name.upper()} is not {host}: production must not talk to a sandbox"
            for name, host in OFFICIAL_HOSTS.items()
            if getattr(self, name) != host
        ]
        if not self.public_url.startswith("https://"):
            wrong.append("WX_PUBLIC_URL must start with https:// in production")
        if not self.audit_keys or not self.audit_dir:
            wrong.append("WX_AUDIT_KEYS and WX_AUDIT_DIR must be set in production")
        if self.crash_after_writes:
            wrong.append("WX_CRASH_AFTER_WRITES is a fault drill and must be 0 in production")
        return wrong

    def encryption_keys(self) -> dict[str, bytes]:
        """Field encryption keys by version, newest first."""
        return _named_keys(self.field_keys)

    def audit_signing_keys(self) -> dict[str, bytes]:
        """Keys of the audit trail by name, newest first; without any, one made from the index key
        (demo and tests).
        """
        if self.audit_keys:
            return _named_keys(self.audit_keys)
        return {"derived": hashlib.sha256(b"audit" + self.blind_index_key()).digest()}

    def blind_index_key(self) -> bytes:
        return base64.b64decode(self.index_key)


def _named_keys(text: str) -> dict[str, bytes]:
    pairs = (item.split(":", 1) for item in text.split(",") if item)
    return {name: base64.b64decode(key) for name, key in pairs}


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from ``WX_*`` variables and credentials.

    Raises:
        BadSettings: a value has the wrong type, or ``check`` finds something.
    """
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        raw = _given(f"WX_{field.name.upper()}", environ)
        if raw is not None:
            values[field.name] = raw
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise BadSettings(f"WX_ 配置有误: {error}") from error
    if wrong := settings.check():
        raise BadSettings("; ".join(wrong))
    return settings


def _given(name: str, environ: Mapping[str, str]) -> str | None:
    """The variable; without one, the file of its name that systemd hands over (``LoadCredential=``,
    systemd.exec(5)).
    """
    folder = environ.get(CREDENTIALS)
    if name in environ or not folder:
        return environ.get(name)
    file = Path(folder, name)
    return file.read_text("utf-8").strip() if file.is_file() else None


def describe() -> list[tuple[str, str, str, str]]:
    """Rows (variable, type, default, meaning) for the documentation."""
    hints = Settings.__annotations__
    rows = []
    for field in msgspec.structs.fields(Settings):
        base, meta = get_args(hints[field.name])
        kind = " | ".join(get_args(base)) if get_origin(base) is Literal else base.__name__
        rows.append((f"WX_{field.name.upper()}", kind, str(field.default), meta.description))
    return rows
