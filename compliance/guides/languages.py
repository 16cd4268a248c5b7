"""The languages in which a guide can be written."""

from babel import Locale, UnknownLocaleError

CODES = (
    "en", "de", "fr", "es", "it", "nl", "pl", "pt", "sv", "da", "fi", "nb", "cs", "sk", "hu", "ro",
    "bg", "hr", "sl", "el", "et", "lv", "lt", "tr", "uk", "ar", "he", "hi", "ja", "ko", "zh",
)  # fmt: skip


def language_name(code: str) -> str:
    """The English name of a language: `German` for de; the code itself when it has none."""
    try:
        return Locale.parse(code, sep="-").get_display_name("en") or code
    except (ValueError, UnknownLocaleError):
        return code


def language_choices() -> list[tuple[str, str]]:
    """Code and name of each language, for forms."""
    return [(code, language_name(code)) for code in CODES]
