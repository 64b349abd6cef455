"""What is wrong with a document is caught before it leaves, and told in words with a place."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree
from tests.invoicing.einvoice.made import credit_note, document, line

from icb.invoicing.einvoice.cii import cii
from icb.invoicing.einvoice.examining import FACTUR_X, FORMATS, UBL, Examined, examine
from icb.invoicing.einvoice.from_data import terms_of
from icb.invoicing.einvoice.problems import NotElectronic
from icb.invoicing.einvoice.ubl import ubl
from icb.invoicing.einvoice.validating import check_file

GOOD = document([line("180.00"), line("10.00", percent="7", unit_price=None)])


def fatal(examined: Examined) -> dict[str, str]:
    """The rules that make it no e-invoice, with the page to go to."""
    return {problem.rule: problem.place for problem in examined.problems if problem.is_fatal}


def rules(xml: bytes, format: str) -> set[str]:
    return {problem.rule for problem in check_file(xml, format=format).failed}


def falsified(xml: bytes, tag: str, text: str) -> bytes:
    """The file with another text in the first element of that name."""
    tree = etree.fromstring(xml)
    found = next(one for one in tree.iter() if etree.QName(one).localname == tag)
    found.text = text
    return bytes(etree.tostring(tree))


@pytest.mark.parametrize(
    ("tag", "text", "rule"),
    [
        ("PayableAmount", "224.91", "BR-CO-16"),
        ("TaxExclusiveAmount", "190.01", "BR-CO-13"),
        ("TaxInclusiveAmount", "224.91", "BR-CO-15"),
        ("TaxAmount", "34.91", "BR-CO-14"),
        ("LineExtensionAmount", "190.01", "BR-CO-10"),
        ("TaxableAmount", "290.00", "BR-S-08"),
        ("PriceAmount", "-18.00", "BR-27"),
        ("DocumentCurrencyCode", "EUX", "BR-CL-04"),
    ],
)
def test_a_falsified_ubl_file_is_caught(tag: str, text: str, rule: str) -> None:
    xml = ubl(terms_of(GOOD))
    assert rules(xml, UBL) == set()
    assert rule in rules(falsified(xml, tag, text), UBL)


@pytest.mark.parametrize(
    ("tag", "text", "rule"),
    [
        ("DuePayableAmount", "224.91", "BR-CO-16"),
        ("TaxBasisTotalAmount", "190.01", "BR-CO-13"),
        ("GrandTotalAmount", "224.91", "BR-CO-15"),
        ("TaxTotalAmount", "34.91", "BR-CO-14"),
        ("BasisAmount", "290.00", "BR-S-08"),
    ],
)
def test_a_falsified_cii_file_is_caught(tag: str, text: str, rule: str) -> None:
    xml = cii(terms_of(GOOD))
    assert rule in rules(falsified(xml, tag, text), FACTUR_X)


def test_a_file_that_does_not_fit_its_schema_is_caught() -> None:
    for xml, format in ((ubl(terms_of(GOOD)), UBL), (cii(terms_of(GOOD)), FACTUR_X)):
        tree = etree.fromstring(xml)
        etree.SubElement(tree, "Extra")
        assert rules(bytes(etree.tostring(tree)), format) >= {"XSD"}


MISSING: list[tuple[str, dict[str, Any], str, str]] = [
    ("country of the provider", {"seller": {"country": ""}}, "BR-09", "provider"),
    ("country of the buyer", {"buyer": {"country": ""}}, "BR-11", "organization"),
    ("tax number", {"seller": {"tax_number": ""}}, "BR-S-02", "provider"),
    ("country that is none", {"buyer": {"country": "XX"}}, "BR-CL-14", "organization"),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("what", "more", "rule", "place"), MISSING)
def test_what_is_missing_is_told_with_the_page_to_go_to(
    what: str, more: dict[str, Any], rule: str, place: str, format: str
) -> None:
    examined = examine(document([line("180.00")], **more), format=format)
    assert not examined.is_valid, what
    assert fatal(examined)[rule] == place
    (told,) = [problem.words for problem in examined.problems if problem.rule == rule]
    assert "BT-" not in told
    assert "[" not in told


def test_a_name_that_is_missing_is_told() -> None:
    for format in FORMATS:
        examined = examine(document([line("180.00")], buyer={"name": ""}), format=format)
        assert fatal(examined) == {"BR-07": "organization"}


def test_reverse_charge_needs_the_vat_id_of_the_client() -> None:
    data = document(
        [line("180.00", category="AE", percent="0")], buyer={"country": "FR", "tax_number": ""}
    )
    for format in FORMATS:
        assert fatal(examine(data, format=format))["BR-AE-02"] == "organization"


def test_an_exemption_needs_its_reason() -> None:
    data = document([line("180.00", category="E", percent="0")])
    for format in FORMATS:
        assert fatal(examine(data, format=format))["BR-E-10"] == "taxes"


def test_lines_that_are_not_subject_stand_alone() -> None:
    data = document([line("180.00"), line("5.00", category="O", percent=None)])
    assert not examine(data, format=UBL).is_valid
    assert fatal(examine(data, format=UBL)).get("BR-O-11") == "taxes"


@pytest.mark.parametrize(
    ("more", "rule", "place"),
    [
        ({"buyer_reference": ""}, "ICB-PEPPOL-R003", "organization"),
        ({"seller": {"electronic_address": ""}}, "ICB-PEPPOL-R020", "provider"),
        ({"buyer": {"electronic_scheme": ""}}, "ICB-PEPPOL-R010", "organization"),
        ({"seller": {"phone": ""}}, "ICB-PEPPOL-DE-R-006", "provider"),
        ({"seller": {"iban": ""}}, "ICB-PEPPOL-DE-R-001", "provider"),
    ],
)
def test_what_peppol_needs_keeps_a_ubl_file_but_no_factur_x(
    more: dict[str, Any], rule: str, place: str
) -> None:
    data = document([line("180.00")], **more)
    assert fatal(examine(data, format=UBL))[rule] == place
    assert rule not in fatal(examine(data, format=FACTUR_X))


def test_wrong_check_digits_are_told_and_keep_nothing() -> None:
    data = document(
        [line("180.00")],
        seller={"iban": "DE02120300000000202052", "tax_number": "DE136695977"},
    )
    examined = examine(data, format=FACTUR_X)
    assert examined.is_valid
    assert {problem.rule for problem in examined.problems} == {"ICB-IBAN", "ICB-VAT-ID"}


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (document([line("180.00", category="")]), "ICB-TAX-CATEGORY"),
        (document([line("180.00")], currency="KWD", net="1", tax="0", total="1"), "ICB-CURRENCY"),
    ],
)
def test_what_the_norm_cannot_say_is_refused_in_words(data: dict[str, Any], rule: str) -> None:
    with pytest.raises(NotElectronic, match="cannot be an e-invoice") as refused:
        terms_of(data)
    assert [problem.rule for problem in refused.value.problems] == [rule]
    examined = examine(data, format=UBL)
    assert (examined.xml, examined.is_valid) == (b"", False)
    assert rule in fatal(examined)


def test_taxes_of_several_parts_are_refused_in_words() -> None:
    data = document([line("180.00")])
    state, county = (
        data["taxes"][0] | {"part": part, "name": name}
        for part, name in enumerate(("State", "County"), start=1)
    )
    with pytest.raises(NotElectronic, match="State, County"):
        terms_of(data | {"taxes": [state, county]})


HOSTILE = '=1+1 <b>&amp;"x"\'</b> ]]> \x00\x07\x1b\u202e\ud800\ufffe {{ x }} #panic()'


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("make", [document, credit_note])
def test_hostile_texts_are_texts(make: Any, format: str) -> None:
    amount = "180.00" if make is document else "-180.00"
    texts = dict.fromkeys(("name", "address", "city", "postal_code", "region"), HOSTILE)
    data = make(
        [line(amount, title=HOSTILE, detail=HOSTILE, service=HOSTILE, unit_price=None)],
        seller=texts | {"account_holder": HOSTILE},
        buyer=texts,
        reason=HOSTILE,
        buyer_reference=HOSTILE,
        purchase_order=HOSTILE,
    )
    examined = examine(data, format=format)
    assert examined.is_valid
    text = "".join(str(part) for part in etree.fromstring(examined.xml).itertext())
    assert '=1+1 <b>&amp;"x"\'</b> ]]>' in text
    assert not set(text) & set("\x00\x07\x1b\u202e\ud800\ufffe")
