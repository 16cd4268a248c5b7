"""Who may open each route: the one list that a new page has to be written into."""

from accounts.signin.access import EVERYONE

ANYONE = frozenset({EVERYONE})
READERS = frozenset({"admin", "officer", "auditor"})
OFFICERS = frozenset({"admin", "officer"})
ADMINS = frozenset({"admin"})

ACCESS: dict[str, frozenset[str]] = {
    # Each of these guards itself, or has nothing to guard.
    "answer": ANYONE,
    "first_admin": ANYONE,
    "healthz": ANYONE,
    "home": ANYONE,
    "my_data": ANYONE,
    "my_data_json": ANYONE,
    "receipt": ANYONE,
    "receipt_check": ANYONE,
    "receipt_text": ANYONE,
    "sign_in": ANYONE,
    "sign_in_link": ANYONE,
    "sign_out": ANYONE,
    # Whoever signs in may read.
    "assignment": READERS,
    "campaign": READERS,
    "campaign_people": READERS,
    "campaigns": READERS,
    "export": READERS,
    "export_download": READERS,
    "export_request": READERS,
    "exports": READERS,
    "guide": READERS,
    "guide_compare": READERS,
    "guide_preview": READERS,
    "guide_version": READERS,
    "guides": READERS,
    "import": READERS,
    "import_remarks": READERS,
    "imports": READERS,
    "password": READERS,
    "people": READERS,
    "person": READERS,
    # What decides or changes something.
    "assignment_revoke": OFFICERS,
    "campaign_close": OFFICERS,
    "campaign_discard": OFFICERS,
    "campaign_edit": OFFICERS,
    "campaign_extend": OFFICERS,
    "campaign_launch": OFFICERS,
    "campaign_new": OFFICERS,
    "campaign_pause": OFFICERS,
    "campaign_preflight": OFFICERS,
    "campaign_resume": OFFICERS,
    "campaign_test_mail": OFFICERS,
    "guide_copy": OFFICERS,
    "guide_discard": OFFICERS,
    "guide_draft": OFFICERS,
    "guide_edit": OFFICERS,
    "guide_language": OFFICERS,
    "guide_new": OFFICERS,
    "guide_publish": OFFICERS,
    "guide_text": OFFICERS,
    "import_again": OFFICERS,
    "import_apply": OFFICERS,
    "import_columns": OFFICERS,
    "import_discard": OFFICERS,
    "import_upload": OFFICERS,
    "sample_company": OFFICERS,
    # Who may sign in at all.
    "user": ADMINS,
    "user_deactivate": ADMINS,
    "user_link": ADMINS,
    "user_new": ADMINS,
    "user_reactivate": ADMINS,
    "user_role": ADMINS,
    "users": ADMINS,
}
