"""Made-up service models for the presenters' tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from booking.appointments.model import Appointment
from booking.payments.ledger import Entry, Kind
from booking.payments.model import Order
from wx_backend.base.money import Split
from wx_backend.directory.departments.model import Department, Doctor
from wx_backend.identity.patients.model import Person

START = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def appointment(**changed: Any) -> Appointment:
    return Appointment(
        **{
            "id": "apt0123456789abcdefghjkmnpqrs",
            "inst": "ins1",
            "slot": "slot1",
            "number": 1,
            "state": "BOOKED",
            "version": 1,
            "account": "acc1",
            "channel": None,
            "patient_id": "pat1",
            "patient": "王*国",
            "department_id": "dep1",
            "department": "心血管内科",
            "doctor_id": "doc1",
            "doctor": "周启明",
            "title": "主任医师",
            "location": "门诊楼 3 层 A 区 305 诊室",
            "visit_date": "2026-11-24",
            "session": "AM",
            "zone": "Asia/Shanghai",
            "starts_at": START,
            "ends_at": START + timedelta(minutes=30),
            "serial": "A012",
            "fee_fen": 5000,
            "expires_at": NOW + timedelta(minutes=15),
            "request": "",
            "key": "key1",
            "created_at": NOW,
            **changed,
        }
    )


def order(*facts: tuple[Kind, str, int, dict], state: str = "PAID") -> Order:
    """An order with these entries, a minute apart."""
    return Order(
        id="ord1",
        inst="ins1",
        account="acc1",
        purpose={"kind": "appointment", "id": "apt1"},
        title="心血管内科 周启明 挂号费",
        amount_fen=5000,
        split=Split(self_=5000),
        expires_at=NOW,
        entries=[
            Entry(kind, ref, NOW + timedelta(minutes=n), fen, data)
            for n, (kind, ref, fen, data) in enumerate(facts)
        ],
        state=state,
        version=1,
    )


PAID = (
    (
        Kind.ATTEMPT_OPENED,
        "pay1",
        5000,
        {"method": "wechat_jsapi", "expires_at": NOW, "client_ip": "127.0.0.1"},
    ),
    (Kind.ATTEMPT_PAID, "pay1", 5000, {"transaction": "t1"}),
)
ASKED_BACK = (Kind.REFUND_REQUESTED, "ref1", 5000, {"attempt": "pay1", "reason": "患者取消预约"})


def department(**changed: Any) -> Department:
    return Department(
        **{
            "id": "dep1",
            "inst": "ins1",
            "campus_id": "cam1",
            "campus": "滨江院区",
            "name": "心血管内科",
            "group": "内科",
            "hint": "高血压、胸闷、心悸",
            "icon": "heartbeat",
            "location": "门诊楼 3 层 A 区",
            **changed,
        }
    )


def doctor(**changed: Any) -> Doctor:
    return Doctor(
        **{
            "id": "doc1",
            "inst": "ins1",
            "department_id": "dep1",
            "name": "周启明",
            "title": "主任医师",
            "specialty": "冠脉介入",
            **changed,
        }
    )


def person(**changed: Any) -> Person:
    return Person(
        **{
            "binding_id": "bind1",
            "patient_id": "pat1",
            "name": "王*国",
            "id_no": "990101********0050",
            "relation": "SELF",
            "relation_name": "本人",
            "age": 42,
            "sex": "M",
            "level": "BOOKING",
            "is_default": True,
            "guardian": "",
            **changed,
        }
    )
