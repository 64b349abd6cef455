"""The rules that people meet, in words for the person who can change something.

A rule that is not here is told in the validator's own words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from icb.invoicing.einvoice.problems import Problem

_SUM = (
    "This is an error of the program, not of your data: nothing was sent, and the document's PDF "
    "is right. Report it with the number of the document."
)
_SELLER_TAX = (
    "The provider has no VAT id or tax number. Fill in the tax number of the provider; a VAT id "
    "begins with the letters of its country."
)
_BUYER_VAT = (
    "The organization has no VAT id, and without one no sale without VAT across a border can be "
    "stated. Fill in its tax number with the letters of its country first."
)
_ALONE = (
    "Lines that are not subject to VAT stand beside lines with another VAT category. An e-invoice "
    "allows that on documents of their own only: give these lines a category with a rate of 0, or "
    "bill them apart."
)
_REASON = (
    "No VAT is charged, and no reason is stated. Fill in the exemption reason of the tax (the "
    "paragraph of the law that exempts it)."
)

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "BR-02": ("The document has no number.", ""),
    "BR-06": ("The provider has no name. Fill it in.", "provider"),
    "BR-07": ("The organization has no name. Fill it in.", "organization"),
    "BR-08": ("The provider has no address. Fill it in.", "provider"),
    "BR-09": ("The provider has no country. Choose it.", "provider"),
    "BR-10": ("The organization has no address. Fill it in.", "organization"),
    "BR-11": ("The organization has no country. Choose it.", "organization"),
    "BR-16": ("The document has no line.", ""),
    "BR-25": ("A line has no name. Give its service a name.", "service"),
    "BR-27": (f"The price of a line is below 0. {_SUM}", ""),
    "BR-29": (f"The period ends before it begins. {_SUM}", ""),
    "BR-30": (f"The period of a line ends before it begins. {_SUM}", ""),
    "BR-50": ("The account to pay to has no IBAN. Fill in the IBAN of the provider.", "provider"),
    "BR-61": ("The account to pay to has no IBAN. Fill in the IBAN of the provider.", "provider"),
    "BR-62": (
        "The electronic address of the provider has no scheme. Fill in both, or neither.",
        "provider",
    ),
    "BR-63": (
        "The electronic address of the organization has no scheme. Fill in both, or neither.",
        "organization",
    ),
    "BR-CO-09": (
        "A VAT id does not begin with the letters of its country. Correct the tax number.",
        "organization",
    ),
    "BR-CO-10": (f"The lines do not add up to the net total. {_SUM}", ""),
    "BR-CO-13": (f"The total without VAT does not follow from the lines. {_SUM}", ""),
    "BR-CO-14": (f"The VAT of the rates does not add up to the VAT of the document. {_SUM}", ""),
    "BR-CO-15": (f"The total with VAT is not net and VAT together. {_SUM}", ""),
    "BR-CO-16": (f"The amount to pay is not the total. {_SUM}", ""),
    "BR-CO-17": (f"The VAT of a rate does not follow from its lines. {_SUM}", ""),
    "BR-CO-18": ("The document has no VAT breakdown. Choose a tax for its services.", "taxes"),
    "BR-CO-25": (
        (
            "An amount is to be paid, but neither a due date nor payment terms are stated. "
            "Fill in the payment terms."
        ),
        "provider",
    ),
    "BR-CO-26": (
        "Nothing identifies the provider. Fill in its tax number.",
        "provider",
    ),
    "BR-E-10": (_REASON, "taxes"),
    "BR-AE-10": (_REASON, "taxes"),
    "BR-IC-10": (_REASON, "taxes"),
    "BR-G-10": (_REASON, "taxes"),
    "BR-O-10": (_REASON, "taxes"),
    "BR-S-02": (_SELLER_TAX, "provider"),
    "BR-Z-02": (_SELLER_TAX, "provider"),
    "BR-E-02": (_SELLER_TAX, "provider"),
    "BR-AE-02": (f"{_BUYER_VAT} The provider needs one as well.", "organization"),
    "BR-IC-02": (f"{_BUYER_VAT} The provider needs a VAT id as well.", "organization"),
    "BR-G-02": (_SELLER_TAX, "provider"),
    "BR-S-05": ("The standard rate of a line is 0. Choose zero rated or exempt instead.", "taxes"),
    "BR-IC-11": ("A sale inside the European Union states no day or period.", ""),
    "BR-IC-12": (
        (
            "A sale inside the European Union needs the country it goes to. Choose the country "
            "of the organization."
        ),
        "organization",
    ),
    "BR-O-11": (_ALONE, "taxes"),
    "BR-O-12": (_ALONE, "taxes"),
    "BR-O-13": (_ALONE, "taxes"),
    "BR-O-14": (_ALONE, "taxes"),
    "BR-CL-03": ("The currency is none that ISO 4217 knows. Correct it.", "organization"),
    "BR-CL-04": ("The currency is none that ISO 4217 knows. Correct it.", "organization"),
    "BR-CL-14": (
        "A country is not one of ISO 3166. Choose it anew on provider and organization.",
        "organization",
    ),
    "BR-CL-25": (
        (
            "The scheme of an electronic address is not on the list of schemes (EAS). Correct it "
            "on provider or organization; a GLN has 0088, a German VAT id 9930."
        ),
        "organization",
    ),
    "XSD": (
        "The file does not fit the schema of its format. " + _SUM,
        "",
    ),
}
# Of what the schema of Factur-X demands to be there though nothing is to be said in it.
_UNAVOIDABLE = ("PEPPOL-EN16931-R008", "ApplicableHeaderTradeDelivery")

# Factur-X has its code lists in rules of its own numbers; EN 16931 has a name for each.
_CODE_LISTS = {"ram:CountryID": "BR-CL-14", "@schemeID": "BR-CL-25"}
_OWN_NUMBERS = "FX-SCH-"
_PARTIES = {
    "AccountingSupplierParty": "provider",
    "SellerTradeParty": "provider",
    "AccountingCustomerParty": "organization",
    "BuyerTradeParty": "organization",
}


def told(problems: Sequence[Problem]) -> list[Problem]:
    """The validators' problems as people are told of them.

    Where a rule of EN 16931 says what is wrong, what the schema or a count of elements says of the
    same gap is left out: whoever fills the gap has done with both.
    """
    found = [in_words(problem) for problem in problems if is_avoidable(problem)]
    named = [one for one in found if one.is_fatal and not _is_about_structure(one)]
    if not named:
        return found
    return [one for one in found if not one.is_fatal or not _is_about_structure(one)]


def in_words(problem: Problem) -> Problem:
    """The problem as a person is told of it, by the name that EN 16931 has for its rule."""
    if problem.rule.startswith(_OWN_NUMBERS):
        names = (rule for code, rule in _CODE_LISTS.items() if f"'{code}'" in problem.said)
        problem = problem._replace(rule=next(names, problem.rule))
    words, place = _WORDS.get(problem.rule, (problem.said, ""))
    here = (party for element, party in _PARTIES.items() if f"{element}[" in problem.at)
    return problem._replace(words=words, place=place and next(here, place))


def _is_about_structure(problem: Problem) -> bool:
    return problem.rule == "XSD" or problem.rule.startswith(_OWN_NUMBERS)


def is_avoidable(problem: Problem) -> bool:
    """False for the one element that the schema wants although it is empty."""
    rule, element = _UNAVOIDABLE
    return not (problem.rule == rule and element in problem.at.rsplit("/", 1)[-1])
