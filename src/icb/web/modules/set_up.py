"""How each module is made ready at its vendor, in short steps for the page that connects it.

The adapters' README files hold the whole of it; what stands here has to agree with them.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from icb.web.shell.navigation import Words

STEPS: dict[str, tuple[Words, ...]] = {
    "datto_rmm": (
        _(
            "In Datto RMM make a security level that may view all sites, devices and saved "
            "filters, and nothing else. Give it to a user made for this alone."
        ),
        _(
            "Turn on API access (Setup, Global Settings) and generate API keys for that user "
            "(Setup, Users). Key and secret are shown once."
        ),
        _("The platform is the first word of the address under which you work, such as merlot."),
        _(
            "Devices that are not billed: put them into a group _NotBillable_, and save a filter "
            "of that name which finds its members. If every device is billed, enter none."
        ),
    ),
    "huntress": (
        _(
            "In Huntress open API Credentials in the menu at the top right. If it is not there, "
            "ask Huntress to turn on API access for the account."
        ),
        _(
            "Generate a pair of keys and use it here alone: Huntress offers none that may only "
            "read. The secret is shown once. Nothing but reading is ever asked."
        ),
    ),
    "ninjaone": (
        _(
            "In NinjaOne open Administration, Apps, API, Client app IDs, and add an application of "
            "the kind API services (machine-to-machine)."
        ),
        _(
            "Give it the scope Monitoring and nothing else, and the grant Client credentials. The "
            "secret is shown once."
        ),
        _("The region is the first word of the address under which you work, such as eu."),
    ),
    "pax8": (
        _(
            "Log in to Pax8 as a partner administrator and open Settings, Integrations, API "
            "credentials."
        ),
        _(
            "Create an application for this alone. Its credentials act for the whole partner "
            "account; nothing but reading is ever asked."
        ),
    ),
    "microsoft_365": (
        _(
            "In your partner tenant register an application for accounts in any organizational "
            "directory, with a client secret. The secret runs out: note the day."
        ),
        _(
            "Give it the application permissions DelegatedAdminRelationship.Read.All and "
            "LicenseAssignment.Read.All, and grant admin consent. Both only read."
        ),
        _("Let each customer's tenant consent to the application with LicenseAssignment.Read.All."),
    ),
    "generic_http": (
        _(
            "Make a credential at the vendor that may only read the list. Put no key into the "
            "address: it is shown to everybody who may see the connection."
        ),
        _(
            "Find the list in the vendor's documentation, and note where in an answer the "
            "organization's id and name, and the billing type or the count stand. A path joins "
            "names with dots, such as client.id."
        ),
        _(
            "Connect, then test: the test reads the list as a sync does, stores nothing, and shows "
            "what it would store."
        ),
    ),
    "push": (
        _("Connect it, then make a token on its page. The token is shown once."),
        _(
            "Let your program send each day's counts with the token. The page shows the address "
            "and an example."
        ),
    ),
    "files": (
        _(
            "Connect it, then bring a CSV or XLSX file on its page: one row for each organization, "
            "with its id, the billing type and the count."
        ),
        _("You see what each column is taken for, and what would be stored, before anything is."),
    ),
    "": (_("Nothing is asked and nothing is sent: its counts come with bundles that you import."),),
}
