"""Secrets of the platforms and of the merchant: made at first start, kept, never committed."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import rsa

from wx_backend.entrypoints.sandbox import template_rules
from wx_backend.entrypoints.sandbox.alipay import templates as alipay_templates
from wx_backend.entrypoints.sandbox.sms import texts as sms_texts


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption()).decode()


def _public_pem(key: rsa.RSAPrivateKey) -> str:
    public = key.public_key()
    return public.public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo).decode()


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@dataclass(frozen=True)
class Keys:
    """Credentials of one service account, one mini-program, one merchant, one WeCom application,
    one HIS, one application at Alipay and one for texts; PEM texts are PKCS#8."""

    appid: str
    secret: str
    token: str
    aes_key: str
    mini_appid: str
    mini_secret: str
    mini_token: str
    mini_aes_key: str
    mchid: str
    merchant_serial: str
    merchant_pem: str
    apiv3_key: str
    public_key_id: str
    platform_pem: str
    corp_id: str
    agent_id: int
    agent_secret: str
    agent_token: str
    agent_aes_key: str
    his_key: str
    his_secret: str
    alipay_app_id: str
    alipay_seller_id: str
    alipay_app_pem: str
    alipay_pem: str
    alipay_aes_key: str
    sms_app_id: str
    sms_secret_id: str
    sms_secret_key: str
    sms_signature: str

    @cached_property
    def platform_key(self) -> rsa.RSAPrivateKey:
        return pem.load_pem_private_key(self.platform_pem.encode(), None)

    @cached_property
    def forger_key(self) -> rsa.RSAPrivateKey:
        """A stranger's key, for the fault `bad_sign`."""
        return _new_key()

    @cached_property
    def merchant_public_key(self) -> rsa.RSAPublicKey:
        return pem.load_pem_private_key(self.merchant_pem.encode(), None).public_key()

    @property
    def public_pem(self) -> str:
        return _public_pem(self.platform_key)

    @cached_property
    def alipay_key(self) -> rsa.RSAPrivateKey:
        """Alipay's own."""
        return pem.load_pem_private_key(self.alipay_pem.encode(), None)

    @cached_property
    def alipay_app_public_key(self) -> rsa.RSAPublicKey:
        return pem.load_pem_private_key(self.alipay_app_pem.encode(), None).public_key()

    @property
    def alipay_public_pem(self) -> str:
        return _public_pem(self.alipay_key)

    def environment(self) -> dict[str, str]:
        """What a merchant copies from the platforms' consoles, as `WX_SANDBOX_*` variables."""
        return {
            "WX_SANDBOX_APPID": self.appid,
            "WX_SANDBOX_SECRET": self.secret,
            "WX_SANDBOX_TOKEN": self.token,
            "WX_SANDBOX_AES_KEY": self.aes_key,
            "WX_SANDBOX_MINI_APPID": self.mini_appid,
            "WX_SANDBOX_MINI_SECRET": self.mini_secret,
            "WX_SANDBOX_MINI_TOKEN": self.mini_token,
            "WX_SANDBOX_MINI_AES_KEY": self.mini_aes_key,
            "WX_SANDBOX_MCHID": self.mchid,
            "WX_SANDBOX_MERCHANT_SERIAL": self.merchant_serial,
            "WX_SANDBOX_MERCHANT_KEY_B64": _b64(self.merchant_pem),
            "WX_SANDBOX_APIV3_KEY": self.apiv3_key,
            "WX_SANDBOX_PUBLIC_KEY_ID": self.public_key_id,
            "WX_SANDBOX_PUBLIC_KEY_B64": _b64(self.public_pem),
            "WX_SANDBOX_TEMPLATES": json.dumps(
                {item.name: item.id for item in template_rules.load().values()}
            ),
            "WX_SANDBOX_WECOM_CORP_ID": self.corp_id,
            "WX_SANDBOX_WECOM_AGENT_ID": str(self.agent_id),
            "WX_SANDBOX_WECOM_SECRET": self.agent_secret,
            "WX_SANDBOX_WECOM_TOKEN": self.agent_token,
            "WX_SANDBOX_WECOM_AES_KEY": self.agent_aes_key,
            "WX_SANDBOX_HIS_KEY": self.his_key,
            "WX_SANDBOX_HIS_SECRET": self.his_secret,
            "WX_SANDBOX_ALIPAY_APP_ID": self.alipay_app_id,
            "WX_SANDBOX_ALIPAY_TEMPLATES": json.dumps(alipay_templates.ids()),
            "WX_SANDBOX_ALIPAY_SELLER_ID": self.alipay_seller_id,
            "WX_SANDBOX_ALIPAY_APP_KEY_B64": _b64(self.alipay_app_pem),
            "WX_SANDBOX_ALIPAY_AES_KEY": self.alipay_aes_key,
            "WX_SANDBOX_ALIPAY_PUBLIC_KEY_B64": _b64(self.alipay_public_pem),
            "WX_SANDBOX_SMS_APP_ID": self.sms_app_id,
            "WX_SANDBOX_SMS_SECRET_ID": self.sms_secret_id,
            "WX_SANDBOX_SMS_SECRET_KEY": self.sms_secret_key,
            "WX_SANDBOX_SMS_SIGNATURE": self.sms_signature,
            "WX_SANDBOX_SMS_TEMPLATES": json.dumps(sms_texts.ids()),
        }


def _aes_key() -> str:
    """A 43-character EncodingAESKey."""
    return base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def _generate() -> Keys:
    return Keys(
        appid=f"wx{secrets.token_hex(8)}",
        secret=secrets.token_hex(16),
        token=secrets.token_hex(16),
        aes_key=_aes_key(),
        mini_appid=f"wx{secrets.token_hex(8)}",
        mini_secret=secrets.token_hex(16),
        mini_token=secrets.token_hex(16),
        mini_aes_key=_aes_key(),
        mchid=f"19{secrets.randbelow(10**8):08d}",
        merchant_serial=secrets.token_hex(20).upper(),
        merchant_pem=_private_pem(_new_key()),
        apiv3_key=secrets.token_hex(16),
        public_key_id=f"PUB_KEY_ID_{secrets.randbelow(10**32):032d}",
        platform_pem=_private_pem(_new_key()),
        corp_id=f"ww{secrets.token_hex(8)}",
        agent_id=1_000_002,
        agent_secret=secrets.token_urlsafe(32),
        agent_token=secrets.token_hex(12),
        agent_aes_key=_aes_key(),
        his_key="wx-backend",
        his_secret=secrets.token_urlsafe(32),
        alipay_app_id=f"20{secrets.randbelow(10**14):014d}",
        alipay_seller_id=f"2088{secrets.randbelow(10**12):012d}",
        alipay_app_pem=_private_pem(_new_key()),
        alipay_pem=_private_pem(_new_key()),
        alipay_aes_key=base64.b64encode(secrets.token_bytes(16)).decode(),
        sms_app_id=f"14{secrets.randbelow(10**8):08d}",
        sms_secret_id=f"AKID{secrets.token_hex(16)}",
        sms_secret_key=secrets.token_hex(16),
        sms_signature="云江一院",
    )


def _write_private(path: Path, text: str) -> None:
    """Replace the file in one step, readable by its owner only."""
    draft = path.with_suffix(".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
    os.replace(draft, path)


def load_or_make(home: Path) -> Keys:
    """The keys of `home/keys.json`, made when absent, also those that an older sandbox did not
    have; rewrites `home/sandbox.env` each time."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / "keys.json"
    kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if {field.name for field in fields(Keys)} <= kept.keys():
        keys = Keys(**kept)
    else:
        keys = Keys(**asdict(_generate()) | kept)
        _write_private(path, json.dumps(asdict(keys)))
    lines = (f"{name}={value}\n" for name, value in keys.environment().items())
    _write_private(home / "sandbox.env", "".join(lines))
    return keys
