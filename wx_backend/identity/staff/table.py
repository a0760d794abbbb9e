"""The table of roles and permissions as a page of the documentation."""

from wx_backend.identity.staff.model import PERMISSIONS, ROLES

HEAD = """# Roles and permissions

Written by `python -m wx_backend.identity.staff.table > docs/permissions.md`; a test compares them.
"""


def markdown() -> str:
    """One row for each permission, one column for each role."""
    rows = [
        ["permission", "meaning", *(f"{role.name} `{key}`" for key, role in ROLES.items())],
        ["---"] * (2 + len(ROLES)),
    ]
    for permission, meaning in PERMISSIONS.items():
        held = ("✓" if permission in role.permissions else "" for role in ROLES.values())
        rows.append([f"`{permission}`", meaning, *held])
    return HEAD + "\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


if __name__ == "__main__":
    print(markdown(), end="")
