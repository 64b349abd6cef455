"""What messages say where the provider has no words of its own: each kind in each language."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """Subject and body of a message, with placeholders."""

    subject: str
    body: str


_USUAL = "en"
_STANDARD: dict[tuple[str, str], Words] = {
    ("invoice", "en"): Words(
        "Invoice {number} from {provider}",
        "Dear {organization},\n\n"
        "our invoice {number} of {issued_on} over {total} is attached. Please pay it by "
        "{due_on}.\n\n"
        "Kind regards\n{provider}",
    ),
    ("credit_note", "en"): Words(
        "Credit note {number} from {provider}",
        "Dear {organization},\n\n"
        "our credit note {number} of {issued_on} over {total} is attached.\n\n"
        "Kind regards\n{provider}",
    ),
    ("statement", "en"): Words(
        "Statement of account from {provider}",
        "Dear {organization},\n\n"
        "your statement of account up to {until} is attached. {open} is open.\n\n"
        "Kind regards\n{provider}",
    ),
    ("reminder", "en"): Words(
        "Reminder: invoice {number} from {provider}",
        "Dear {organization},\n\n"
        "our invoice {number} of {issued_on} was due on {due_on}; {open} is open. A copy is "
        "attached. If you have paid in the meantime, please take this as done.\n\n"
        "Kind regards\n{provider}",
    ),
    ("invoice", "de"): Words(
        "Rechnung {number} von {provider}",
        "Guten Tag, {organization},\n\n"
        "anbei unsere Rechnung {number} vom {issued_on} über {total}. Bitte überweisen Sie den "
        "Betrag bis {due_on}.\n\n"
        "Freundliche Grüße\n{provider}",
    ),
    ("credit_note", "de"): Words(
        "Gutschrift {number} von {provider}",
        "Guten Tag, {organization},\n\n"
        "anbei unsere Gutschrift {number} vom {issued_on} über {total}.\n\n"
        "Freundliche Grüße\n{provider}",
    ),
    ("statement", "de"): Words(
        "Kontoauszug von {provider}",
        "Guten Tag, {organization},\n\n"
        "anbei Ihr Kontoauszug bis {until}. Offen sind {open}.\n\n"
        "Freundliche Grüße\n{provider}",
    ),
    ("reminder", "de"): Words(
        "Zahlungserinnerung: Rechnung {number} von {provider}",
        "Guten Tag, {organization},\n\n"
        "unsere Rechnung {number} vom {issued_on} war am {due_on} fällig; offen sind {open}. Eine "
        "Kopie liegt bei. Falls Sie inzwischen bezahlt haben, ist diese Nachricht erledigt.\n\n"
        "Freundliche Grüße\n{provider}",
    ),
    ("invoice", "fr"): Words(
        "Facture {number} de {provider}",
        "Bonjour, {organization},\n\n"
        "veuillez trouver ci-jointe notre facture {number} du {issued_on} d’un montant de {total}. "
        "Merci de la régler avant le {due_on}.\n\n"
        "Cordialement\n{provider}",
    ),
    ("credit_note", "fr"): Words(
        "Avoir {number} de {provider}",
        "Bonjour, {organization},\n\n"
        "veuillez trouver ci-joint notre avoir {number} du {issued_on} d’un montant de {total}.\n\n"
        "Cordialement\n{provider}",
    ),
    ("statement", "fr"): Words(
        "Relevé de compte de {provider}",
        "Bonjour, {organization},\n\n"
        "veuillez trouver ci-joint votre relevé de compte jusqu’au {until}. Solde ouvert : "
        "{open}.\n\n"
        "Cordialement\n{provider}",
    ),
    ("reminder", "fr"): Words(
        "Rappel : facture {number} de {provider}",
        "Bonjour, {organization},\n\n"
        "notre facture {number} du {issued_on} était à régler avant le {due_on} ; {open} restent "
        "ouverts. Vous en trouverez une copie ci-jointe. Si vous avez payé entre-temps, ne tenez "
        "pas compte de ce message.\n\n"
        "Cordialement\n{provider}",
    ),
    ("invoice", "nl"): Words(
        "Factuur {number} van {provider}",
        "Geachte {organization},\n\n"
        "bijgaand onze factuur {number} van {issued_on} voor {total}. Wilt u het bedrag uiterlijk "
        "{due_on} voldoen?\n\n"
        "Met vriendelijke groet\n{provider}",
    ),
    ("credit_note", "nl"): Words(
        "Creditnota {number} van {provider}",
        "Geachte {organization},\n\n"
        "bijgaand onze creditnota {number} van {issued_on} voor {total}.\n\n"
        "Met vriendelijke groet\n{provider}",
    ),
    ("statement", "nl"): Words(
        "Rekeningoverzicht van {provider}",
        "Geachte {organization},\n\n"
        "bijgaand uw rekeningoverzicht tot en met {until}. Er staat {open} open.\n\n"
        "Met vriendelijke groet\n{provider}",
    ),
    ("reminder", "nl"): Words(
        "Herinnering: factuur {number} van {provider}",
        "Geachte {organization},\n\n"
        "onze factuur {number} van {issued_on} had uiterlijk {due_on} betaald moeten zijn; er "
        "staat {open} open. Een kopie is bijgevoegd. Hebt u intussen betaald, dan kunt u dit "
        "bericht als afgehandeld beschouwen.\n\n"
        "Met vriendelijke groet\n{provider}",
    ),
    ("invoice", "es"): Words(
        "Factura {number} de {provider}",
        "Hola, {organization}:\n\n"
        "adjuntamos nuestra factura {number} del {issued_on} por un importe de {total}. Le rogamos "
        "que la abone antes del {due_on}.\n\n"
        "Un cordial saludo\n{provider}",
    ),
    ("credit_note", "es"): Words(
        "Factura rectificativa {number} de {provider}",
        "Hola, {organization}:\n\n"
        "adjuntamos nuestra factura rectificativa {number} del {issued_on} por un importe de "
        "{total}.\n\n"
        "Un cordial saludo\n{provider}",
    ),
    ("statement", "es"): Words(
        "Estado de cuenta de {provider}",
        "Hola, {organization}:\n\n"
        "adjuntamos su estado de cuenta hasta el {until}. Saldo pendiente: {open}.\n\n"
        "Un cordial saludo\n{provider}",
    ),
    ("reminder", "es"): Words(
        "Recordatorio: factura {number} de {provider}",
        "Hola, {organization}:\n\n"
        "nuestra factura {number} del {issued_on} venció el {due_on}; quedan pendientes {open}. "
        "Adjuntamos una copia. Si ya ha pagado, no tenga en cuenta este mensaje.\n\n"
        "Un cordial saludo\n{provider}",
    ),
}
_LINK_LINES = {
    "en": "See and download it here until {valid_until}:\n{link}",
    "de": "Hier ansehen und herunterladen, bis {valid_until}:\n{link}",
    "fr": "À consulter et télécharger ici jusqu’au {valid_until} :\n{link}",
    "nl": "Hier te bekijken en te downloaden tot {valid_until}:\n{link}",
    "es": "Véala y descárguela aquí hasta el {valid_until}:\n{link}",
}


def standard_words(kind: str, *, language: str) -> Words:
    """The product's words for a kind of message; English where it has none in the language."""
    return _STANDARD.get((kind, language)) or _STANDARD[kind, _USUAL]


def link_lines(language: str) -> str:
    """The lines that show a link below a message that does not name it itself."""
    return _LINK_LINES.get(language) or _LINK_LINES[_USUAL]
