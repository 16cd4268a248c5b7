"""Which steps to show first; the User-Agent header is looked at and forgotten."""

MOBILE, DESKTOP = "mobile", "desktop"


def device_of(user_agent: str) -> str:
    """`mobile` for phones (their browsers say “Mobi”), else `desktop`."""
    return MOBILE if "Mobi" in user_agent else DESKTOP
