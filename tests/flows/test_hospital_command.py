"""`wx-backend hospital`: from an empty database to administrators who can sign in."""

from pathlib import Path

import pytest

from tests.helpers.houses import bare_house
from wx_backend.base.errors import Invalid
from wx_backend.directory.departments import service as departments
from wx_backend.directory.departments import store as units
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions import store as places
from wx_backend.entrypoints.cli import directory, hospital
from wx_backend.identity.revocations import store as revocations
from wx_backend.identity.signin import service as signin
from wx_backend.identity.signin import store as credentials
from wx_backend.identity.signin.model import Password
from wx_backend.identity.staff import service as staff
from wx_backend.identity.staff import store as members

SAMPLE = (Path(__file__).parents[2] / "deploy/hospital.json").read_bytes()
COLLECTIONS = (
    *(places.INSTITUTIONS, places.CAMPUSES, units.DEPARTMENTS, units.DOCTORS, units.WARDS),
    *(members.STAFF, credentials.CREDENTIALS, credentials.LOCKOUTS, revocations.REVOCATIONS),
)


async def test_the_sample_is_taken_over_and_changed(mongo_uri, capsys):
    async with bare_house(mongo_uri, COLLECTIONS) as house:
        await hospital.take_over(house, SAMPLE)
        passwords = [line.split()[-1] for line in capsys.readouterr().out.splitlines()[1:]]
        await institutions.refresh(house)
        ctx = house.ctx(institutions.by_host(house, "hospital.example"))
        admin = await staff.by_number(ctx, "A0001")
        assert admin.roles == ("system_admin",)
        half = await signin.begin(ctx, Password("A0001", passwords[0]), "203.0.113.7")
        assert half.member == admin.id
        moved = SAMPLE.replace("3 层 A 区".encode(), "5 层 B 区".encode())
        await hospital.take_over(house, moved)
        again = capsys.readouterr().out
        assert again.count("已有账号") == 3 and "密码" not in again
        found = await departments.departments(ctx)
        assert [one.location for one in found][:1] == ["门诊楼 5 层 B 区"]
        assert [one.department_id for one in await departments.doctors(ctx)] == [found[0].id]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (b'"campus": "main"', b'"campus": "other"'),
        (b'"system_admin"', b'"owner"'),
        (b'"level"', b'"rank"'),
        (b"{", b"["),
    ],
)
def test_what_does_not_fit_is_refused(wanted: bytes, said: bytes):
    with pytest.raises(Invalid):
        directory.directory(directory.parse(SAMPLE.replace(wanted, said)), "ins1")
