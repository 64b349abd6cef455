"""Issued documents: frozen the moment they get their number. Everything here is insert-only."""

from __future__ import annotations

from django.db import models

from icb.foundation.fields import AmountField, QuantityField
from icb.foundation.scope import NumerousModel, ScopedModel


class DocumentKind(models.TextChoices):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class NumberSeries(ScopedModel):
    """The next number of a kind of document; the row is locked by the issuing transaction."""

    kind = models.CharField(max_length=12, choices=DocumentKind.choices)
    prefix = models.CharField(max_length=20)
    digits = models.PositiveSmallIntegerField(default=6)
    next_number = models.BigIntegerField(default=1)

    class Meta(ScopedModel.Meta):
        db_table = "number_series"
        constraints = [
            models.UniqueConstraint(fields=["provider", "kind"], name="number_series_once")
        ]


class Document(ScopedModel):
    """An invoice or a credit note: its number, its totals and the data it was frozen with."""

    kind = models.CharField(max_length=12, choices=DocumentKind.choices)
    sequence = models.BigIntegerField()  # the whole number in its series
    number = models.CharField(max_length=40)
    organization = models.ForeignKey(
        "organizations.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )  # bill-to
    currency = models.CharField(max_length=3)
    issued_on = models.DateField()
    due_on = models.DateField()  # a credit note's is the day it is issued on
    issued_at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    net = AmountField()
    tax = AmountField()
    total = AmountField()
    credits = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="credit_notes"
    )  # the invoice that a credit note credits; null on one that consolidation made
    reason = models.TextField(blank=True)
    data = models.TextField()  # canonical JSON: everything a rendering needs
    data_hash = models.CharField(max_length=64)

    class Meta(ScopedModel.Meta):
        db_table = "document"
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "kind", "sequence"], name="document_sequence_once"
            ),
            models.UniqueConstraint(fields=["provider", "number"], name="document_number_once"),
        ]
        indexes = [models.Index(fields=["organization", "issued_on"], name="document_organization")]


class DocumentLine(NumerousModel):
    """A billing item's place on a document, or the credit of an invoice's line."""

    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="lines", db_index=False
    )
    position = models.PositiveIntegerField()
    item = models.ForeignKey(
        "billing.BillingItem",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    # 1, and one more after each void: with `item` it makes "one live document" a database key.
    attempt = models.PositiveIntegerField(default=1)
    credited_line = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="credits"
    )
    amount = AmountField()
    # The tax as the document says it; `tax` is the line's share of the document's.
    tax_code = models.CharField(max_length=60, blank=True)  # blank: none
    tax_category = models.CharField(max_length=2, blank=True)
    tax_percent = QuantityField(null=True)  # of all parts; null: none
    tax = AmountField()

    class Meta(NumerousModel.Meta):
        db_table = "document_line"
        constraints = [
            models.UniqueConstraint(fields=["document", "position"], name="line_position_once"),
            models.UniqueConstraint(fields=["item", "attempt"], name="item_on_one_document"),
        ]


class DocumentTax(NumerousModel):
    """The tax of a group of lines: those with the same category, percentage and name of a part."""

    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="taxes", db_index=False
    )
    category = models.CharField(max_length=2)
    name = models.CharField(max_length=60, blank=True)
    part = models.PositiveSmallIntegerField()  # its place among the parts of the lines' taxes
    percent = QuantityField()
    net = AmountField()  # its base: with a compound part, net and the parts before it
    tax = AmountField()

    class Meta(NumerousModel.Meta):
        db_table = "document_tax"
        constraints = [
            models.UniqueConstraint(
                fields=["document", "percent", "category", "name", "part"],
                name="document_tax_once",
            )
        ]


class DocumentVoid(ScopedModel):
    """A document declared void. Its number stays taken; its items go back to posted."""

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="voided")
    reason = models.TextField()
    actor = models.CharField(max_length=150)
    voided_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "document_void"


class Rendering(ScopedModel):
    """The bytes of a document, made once from its frozen data and kept in the data folder."""

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="rendering")
    renderer = models.CharField(max_length=60)  # name and version
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    path = models.CharField(max_length=300)  # below the data folder
    rendered_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "rendering"


class ElectronicFormat(models.TextChoices):
    """A syntax of EN 16931: a file of its own, or inside the PDF."""

    UBL = "ubl"
    FACTUR_X = "factur-x"


class OrganizationDocuments(ScopedModel):
    """How an organization wants its documents; one that has no row wants what the provider does."""

    organization = models.OneToOneField(
        "organizations.Organization", on_delete=models.PROTECT, related_name="+"
    )
    electronic_format = models.CharField(
        max_length=8, choices=ElectronicFormat.choices, blank=True
    )  # blank: the PDF alone

    class Meta(ScopedModel.Meta):
        db_table = "organization_documents"


class ElectronicCheck(ScopedModel):
    """What the validators said of a document as an e-invoice; the newest of a format counts."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="checks")
    format = models.CharField(max_length=8, choices=ElectronicFormat.choices)
    is_valid = models.BooleanField()
    problems = models.TextField()  # canonical JSON: the rules that failed, with their words
    xml_sha256 = models.CharField(max_length=64, blank=True)  # blank: it could not be written
    validators = models.CharField(max_length=200)  # names and versions
    validated_at = models.DateTimeField()
    actor = models.CharField(max_length=150)

    class Meta(ScopedModel.Meta):
        db_table = "electronic_check"
        indexes = [models.Index(fields=["document", "format"], name="electronic_check_document")]


class ElectronicFile(ScopedModel):
    """The bytes of a document as a valid e-invoice, made once and kept in the data folder."""

    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="electronic_files"
    )
    format = models.CharField(max_length=8, choices=ElectronicFormat.choices)
    maker = models.CharField(max_length=120)  # names and versions
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    path = models.CharField(max_length=300)  # below the data folder
    made_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "electronic_file"
        constraints = [
            models.UniqueConstraint(
                fields=["document", "format"], name="electronic_file_of_document_once"
            )
        ]


class DocumentTemplate(ScopedModel):
    """How documents look: one version of a template. Of a key's versions the last holds.

    Insert-only, so that what a document was made with stays. The templates that come with the
    product are no rows (`system_templates.py`).
    """

    key = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    settings = models.TextField()  # canonical JSON of a Design
    is_retired = models.BooleanField(default=False)  # not offered any more
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "document_template"
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "key", "version"], name="document_template_version_once"
            )
        ]


class TemplateChoice(ScopedModel):
    """The template of an organization's documents; the row without one is the provider's default.

    A template is named by its key: those of the product have no row to point at.
    """

    organization = models.ForeignKey(
        "organizations.Organization", null=True, on_delete=models.PROTECT, related_name="+"
    )
    template = models.CharField(max_length=60)

    class Meta(ScopedModel.Meta):
        db_table = "template_choice"
        constraints = [
            models.UniqueConstraint(fields=["provider", "organization"], name="one_choice_each"),
            models.UniqueConstraint(
                fields=["provider"],
                condition=models.Q(organization=None),
                name="one_default_template",
            ),
        ]


class Logo(ScopedModel):
    """A picture for the head of documents, named by the hash of what is drawn. Insert-only."""

    sha256 = models.CharField(max_length=64)
    drawing = models.TextField()  # SVG; a PNG or JPEG stands inside one
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "logo"
        constraints = [models.UniqueConstraint(fields=["provider", "sha256"], name="logo_once")]
