"""The currencies of ISO 4217 and how many decimals an amount in each of them has."""

from icb.kernel.errors import InvalidInput

_DIGITS_AND_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP "
        "BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD "
        "FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD "
        "KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD "
        "NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP "
        "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED "
        "VES WST XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
MINOR_DIGITS: dict[str, int] = {
    code: digits for digits, codes in _DIGITS_AND_CODES.items() for code in codes.split()
}
"""Decimals of the minor unit by currency code."""


def minor_digits(code: str) -> int:
    """How many decimals amounts in this currency have: USD 2, JPY 0, KWD 3."""
    digits = MINOR_DIGITS.get(code)
    return MINOR_DIGITS[check_currency(code)] if digits is None else digits


def check_currency(code: str, *, field: str = "currency") -> str:
    """`code` itself, or InvalidInput where ISO 4217 has no such currency."""
    if code not in MINOR_DIGITS:
        raise InvalidInput(
            field=field,
            value=code,
            message=f"{field}: {code} is not a currency code. Nothing was stored. "
            "Give one of ISO 4217 in capitals, such as USD or EUR.",
        )
    return code
