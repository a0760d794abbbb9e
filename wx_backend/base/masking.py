"""What a screen shows of personal data by default (clinical.md 7.4). A full view is a separate,
audited act.
"""


def mask_name(name: str) -> str:
    """张三 -> 张*, 张小三 -> 张*三, 欧阳小三 -> 欧**三; one character stays."""
    if len(name) <= 2:
        return name[:1] + "*" * (len(name) - 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_id_no(number: str) -> str:
    """110105194912310021 -> 110105********0021; a short number shows only its last character."""
    return _middle(number, 6, 4)


def mask_phone(phone: str) -> str:
    """13800138000 -> 138****8000."""
    return _middle(phone, 3, 4)


def _middle(text: str, first: int, last: int) -> str:
    if len(text) <= first + last:
        first, last = 0, int(len(text) > 1)
    hidden = len(text) - first - last
    return text[:first] + "*" * hidden + text[first + hidden :]
