"""Mobile numbers of other places, by the ranges of libphonenumber."""

import re
from collections.abc import Iterator

# RE2, as written. A number abroad says its country, or looks like a Taiwan mobile.
PREFILTER = (
    r"[+＋][1-9][0-9]{0,2}[\s\-()]{0,2}[0-9]{2}|(?:^|[^0-9.])00[1-9][0-9]{0,2}[\s\-()]{1,2}[0-9]{2}"
    r"|(?:^|[^0-9.])00[1-9][0-9]{9}|(?:^|[^0-9.])09[0-9]{2}[\s\-]?[0-9]{3}[\s\-]?[0-9]{3}"
)
_ABROAD = re.compile(r"(?<![0-9.])(?:\+|00)(?!0?86[^0-9]?1)([1-9][0-9]{0,2}[\s\-()0-9]{6,18}[0-9])")
_TAIWAN = re.compile(r"(?<![0-9.])(09[0-9]{2}[\s\-]?[0-9]{3}[\s\-]?[0-9]{3})(?![0-9])")
_PHONE_WORD = re.compile(r"电话|電話|手机|手機|行動|联系|聯絡|tel|phone|mobile|cell", re.IGNORECASE)


def mobiles_abroad(text: str, *, is_phone_field: bool) -> Iterator[str]:
    """Yield valid mobile numbers with a country code, and Taiwan's where a telephone is meant.

    Without a country code eight digits of Hong Kong are any figure, so they are not looked for.
    """
    for match in _ABROAD.finditer(text):
        yield from _valid("+" + match[1], None)
    if is_phone_field or _PHONE_WORD.search(text):
        for match in _TAIWAN.finditer(text):
            yield from _valid(match[1], "TW")


def _valid(written: str, region: str | None) -> Iterator[str]:
    # Imported on the first candidate: most files have none, and it takes 20 ms.
    import phonenumbers

    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return
    is_mobile = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    if is_mobile and phonenumbers.is_valid_number(number):
        yield f"{number.country_code}{number.national_number}"
