"""HL7 v2 samples of invented people: an ORU with many results, and the ADT messages of a stay."""

from collections.abc import Sequence

from wx_backend.gateways.hl7.message import encode

PANEL = tuple(
    tuple(line.split())
    for line in """
    WBC 6690-2 白细胞 6.2 10*9/L 3.5-9.5
    HGB 718-7 血红蛋白 131 g/L 115-150
    PLT 777-3 血小板 230 10*9/L 125-350
    HCT 4544-3 红细胞压积 0.40 L/L 0.35-0.45
    K 2823-3 钾 4.1 mmol/L 3.5-5.3
    NA 2951-2 钠 140 mmol/L 137-147
    CL 2075-0 氯 102 mmol/L 99-110
    CA 2000-8 总钙 2.3 mmol/L 2.1-2.6
    GLU 14749-6 葡萄糖 5.2 mmol/L 3.9-6.1
    CREA 14682-9 肌酐 66 umol/L 41-73
    """.strip().splitlines()
)
"""(local code, LOINC, name, value, unit, range) of ordinary results."""


def header(
    kind: str, control_id: str, charset: str = "UNICODE UTF-8", at: str = "20261124083000"
) -> tuple:
    code, _, trigger = kind.partition("^")
    return (
        *("MSH", "LIS" if code == "ORU" else "HIS", "JQ", "WX", "JQ", at, ""),
        *([[code, trigger]], control_id, "P", "2.5", "", "", "", "", "CHN", charset),
    )  # fmt: skip


def person(
    mrn: str = "M1001", name: str = "王某某", birth: str = "19800506", sex: str = "F"
) -> tuple:
    return ("PID", "1", "", [[mrn, "", "", "JQ", "MR"]], "", name, "", birth, sex)


def stay(visit: str = "V2001", ward: str = "心内科病区", bed: str = "12", kind: str = "I") -> tuple:
    """PV1: class, ward^room^bed^facility^^^^^department, attending doctor, visit number."""
    return (
        *("PV1", "1", kind, [[ward, "301", bed]], "", "", "", [["D01", "李医生"]]),
        *("", "", "心内科", *([""] * 8), visit),
    )


def result(
    n: int, row: Sequence[str], flag: str = "N", status: str = "F", kind: str = "NM"
) -> tuple:
    code, loinc, name, value, unit, reference = row
    return (
        *("OBX", str(n), kind, [[code, name, "L", loinc, name, "LN"]], "", value, unit, reference),
        *(flag, "", "", status, "", "", "20261124082500"),
    )


def order(filler: str = "S3001", status: str = "F", at: str = "20261124082900") -> tuple:
    return (
        *("OBR", "1", "P1", filler, [["CHEM", "生化全套", "L"]], "", "", "20261124080000"),
        *("", "", "", "", "", "", "20261124081000", [["BLD", "血清"]], [["D01", "李医生"]]),
        *("", "", "", "", "", at, "", "LAB", status),
    )


def oru(
    control_id: str = "C1",
    rows: Sequence[Sequence] | None = None,
    filler: str = "S3001",
    status: str = "F",
    at: str = "20261124082900",
    mrn: str = "M1001",
    charset: str = "UNICODE UTF-8",
    visit: str = "V2001",
) -> str:
    """``rows`` are those of PANEL, each perhaps followed by a flag, a status and a value type."""
    given = PANEL if rows is None else rows
    results = [result(n, row[:6], *row[6:]) for n, row in enumerate(given, 1)]
    head = header("ORU^R01", control_id, charset)
    return encode([head, person(mrn), stay(visit), order(filler, status, at), *results])


def thirty(control_id: str = "C1", filler: str = "S3001") -> str:
    """An ORU with 30 results."""
    rows = [(f"{code}{n}" if n else code, *rest) for n in range(3) for code, *rest in PANEL]
    return oru(control_id, rows, filler)


def adt(
    trigger: str, control_id: str = "A1", at: str = "20261124080000", former: str = "", **given: str
) -> str:
    """``former`` is the MRN that ends by a merge; the rest goes to ``person`` and ``stay``."""
    about = {k: v for k, v in given.items() if k in ("mrn", "name", "birth", "sex")}
    where = {k: v for k, v in given.items() if k in ("visit", "ward", "bed", "kind")}
    rows = [header(f"ADT^{trigger}", control_id, at=at), ("EVN", trigger, at), person(**about)]
    rows.append(("MRG", [[former]]) if former else stay(**where))
    return encode(rows)
