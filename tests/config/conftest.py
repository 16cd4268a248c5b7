"""Routes are decided at import: import them before a test sets up a mail catcher."""

import config.urls  # noqa: F401
