"""Every setting, from the environment alone; docs/running.md explains each to an operator."""

from datetime import timedelta
from pathlib import Path

import structlog
from csp.constants import NONE, SELF
from environs import Env, validate

from config.entra import entra, local_sign_in, sign_in_places
from config.environment import Secrets, database, is_loopback, public_host
from config.evidence import evidence_storage
from config.hours import sending_hours
from config.logs import TASK_LOGGER, exception_render

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

# --- Where we are -----------------------------------------------------------------------------
# DEBUG=1 means "this machine only": http and plain cookies on loopback, secrets drawn by ourselves.
# Django's own DEBUG stays off even then: tracebacks with personal data never reach a browser.
LOCAL = env.bool("DEBUG", False)
DEBUG = False
DATA_DIR = Path(env.str("OPTRAIL_DATA_DIR", str(BASE_DIR / "var"))).resolve()
PUBLIC_URL = env.str("PUBLIC_URL", "http://127.0.0.1:8000" if LOCAL else "").rstrip("/")
ALLOWED_HOSTS = [public_host(PUBLIC_URL, local=LOCAL)]
if is_loopback(ALLOWED_HOSTS[0]):
    ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
HTTPS = PUBLIC_URL.startswith("https://")
COMPANY_NAME = env.str("COMPANY_NAME", "")
VERSION = "0.1.0"
# The source code that this was built from, as its builder names it; exports show it.
COMMIT = env.str("OPTRAIL_COMMIT", "")

# --- Secrets ----------------------------------------------------------------------------------
_secrets = Secrets(env, local=LOCAL, folder=DATA_DIR / "secrets")
SECRET_KEY = _secrets.get("SECRET_KEY")
SECRET_KEY_FALLBACKS = [key for key in [_secrets.optional("SECRET_KEY_OLD")] if key]
# The keys behind personal links: the first signs, all verify, so that a rotation kills no link.
LINK_KEYS = [key for key in [_secrets.get("LINK_KEY"), _secrets.optional("LINK_KEY_OLD")] if key]
# The key behind per-message secrets (return paths): whoever bounces must know it.
MAIL_KEY = _secrets.get("MAIL_KEY")
# The key that signs checkpoints of the ledger (PEM, or a seed), and the one before it while
# `rotate_ledger_key` hands over.
LEDGER_KEY = _secrets.get("LEDGER_KEY")
LEDGER_KEY_PREVIOUS = _secrets.optional("LEDGER_KEY_PREVIOUS")
# Where checkpoints are copied to, out of reach of whoever administers the database.
CHECKPOINT_DIR = env.str("CHECKPOINT_DIR", "")
CHECKPOINT_MAIL = env.str("CHECKPOINT_MAIL", "")

# --- Apps -------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "ledger",
    "accounts",
    "compliance",
    "reports",
    "config",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.headers.HeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.signin.clock.SessionClockMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "accounts.signin.access.AccessMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.frame.frame",
            ],
        },
    }
]

# --- Databases, cache, broker -----------------------------------------------------------------
# SQLite needs WAL and IMMEDIATE: with Django's defaults half of the writes of six writers met
# "database is locked", with these none did.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON;"
        "PRAGMA foreign_keys=ON; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;"
    ),
}
DATABASE_URL = env.str("DATABASE_URL", f"sqlite:///{DATA_DIR / 'optrail.sqlite3'}")
DATABASES = {"default": database(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    Path(DATABASES["default"]["NAME"]).resolve().parent.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# Every entry is harmless when it runs twice, late or not at all: the database is the truth.
# `expires` drops what piled up while no worker listened.
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": timedelta(seconds=seconds), "options": {"expires": seconds}}
    for name, seconds in {
        "compliance.campaigns.tasks.lifecycle": 60,
        "compliance.reminders.tasks.plan": 60,
        "compliance.reminders.tasks.pump": 10,
        "compliance.reminders.tasks.breaker": 60,
        "compliance.reminders.tasks.seal": 60,
        "compliance.reminders.bounces.tasks.collect": 300,
        "compliance.notices.tasks.plan": 300,
        "compliance.notices.tasks.send": 60,
        "compliance.notices.tasks.send_urgent": 5,
        "compliance.retention.tasks.retention": 3600,
        "accounts.imports.tasks.stage_waiting": 15,
        "accounts.imports.tasks.look_into_folder": 60,
        "accounts.entra.tasks.recheck": 300,
        "accounts.imports.tasks.sync_directory": 60,
        "reports.tasks.build_waiting": 15,
        "reports.quarters.tasks.look": 60,
        "reports.quarters.tasks.clear": 3600,
        "ledger.tasks.checkpoint": 3600,
    }.items()
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")

# --- Mail -------------------------------------------------------------------------------------
# smtp://user:password@host:587/?tls=true or smtps://…; read by compliance.reminders.transports.
EMAIL_URL = env.str("EMAIL_URL", "")
EMAIL_FROM = env.str(
    "EMAIL_FROM", f"optrail@{ALLOWED_HOSTS[0]}" if not LOCAL else "optrail@optrail.example"
)
# A file with an access token for XOAUTH2, instead of a password; another program keeps it fresh.
EMAIL_TOKEN_FILE = env.str("EMAIL_TOKEN_FILE", "")
# What the server takes from all workers together; 0: as much as it takes.
EMAIL_RATE_PER_MINUTE = env.int("EMAIL_RATE_PER_MINUTE", 0, validate=validate.Range(min=0))
EMAIL_RATE_PER_DAY = env.int("EMAIL_RATE_PER_DAY", 0, validate=validate.Range(min=0))
# So many connections each run opens side by side.
EMAIL_CONNECTIONS = env.int("EMAIL_CONNECTIONS", 1, validate=validate.Range(min=1, max=64))
EMAIL_CA_FILE = env.str("EMAIL_CA_FILE", "")  # PEM of the private authority that signed the server
EMAIL_BOUNCES = env.bool("EMAIL_BOUNCES", False)  # return paths carry a secret for each message
# imaps://user:password@host/INBOX, the mailbox that they lead to; compliance.reminders.bounces.
BOUNCE_IMAP_URL = env.str("BOUNCE_IMAP_URL", "")
# How to tell that a mail is genuine, in the company's own words; '' leaves ours.
PHISHING_CHECK_TEXT = env.str("PHISHING_CHECK_TEXT", "")
# How often officers hear how things stand; daily: and only when something waits for a decision.
OFFICER_DIGEST = env.str(
    "OFFICER_DIGEST", "weekly", validate=validate.OneOf(["weekly", "daily", "off"])
)
# Every process that may send for this installation has the same; drawn once when not given.
INSTANCE_ID = env.str("OPTRAIL_INSTANCE_ID", "")
MAIL_CATCHER_DIR = env.str("MAIL_CATCHER_DIR", "")

# --- People and pages -------------------------------------------------------------------------
# Microsoft Entra: the tenant that users sign in with, and whose Graph is asked; {}: none.
ENTRA = entra(env)
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("UserAttributeSimilarityValidator", {"user_attributes": ["email", "name"]}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    ]
]
# Off: passwords and one-time links sign nobody in but the sealed emergency account.
LOCAL_SIGN_IN = local_sign_in(env, ENTRA)
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
SIGN_IN_LINK_AGE = timedelta(hours=24)
# A session ends after so long in any case, and after so long without a click.
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", 12, validate=validate.Range(1, 24)) * 3600
SESSION_IDLE_AGE = timedelta(
    minutes=env.int("SESSION_IDLE_MINUTES", 60, validate=validate.Range(min=10))
)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = (
    ("__Host-optrail", "__Host-csrf") if HTTPS else ("optrail", "csrf")
)
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "config.urls.csrf_failure"
SECURE_SSL_REDIRECT = False  # the proxy in front does; /healthz must answer it in plain http
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        # A browser holds the page that begins a sign-in to this even when we lead it on.
        "form-action": [SELF, *sign_in_places(ENTRA)],
        "frame-ancestors": [NONE],
        "frame-src": [SELF],
        "base-uri": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", 300 * 1024 * 1024)
# A folder whose newest file is imported by itself; accounts.imports.folder.
IMPORT_FOLDER = env.str("IMPORT_FOLDER", "")
IMPORT_FOLDER_COMPLETE = env.bool("IMPORT_FOLDER_COMPLETE", False)  # its files name everyone
IMPORT_FOLDER_MAP: dict[str, str] = env.dict("IMPORT_FOLDER_MAP", {})  # column=field,…
FILE_UPLOAD_TEMP_DIR = None

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
TIME_ZONE = env.str("COMPANY_TIME_ZONE", "UTC")
# When people may be mailed, by their own clock: spans of minutes since midnight.
SENDING_HOURS = sending_hours(
    env.str("WORKING_HOURS", "08:00-18:00"), quiet=env.str("QUIET_HOURS", "")
)
# So many mails of all campaigns together may one person get within seven days; 0: any number.
MAILS_PER_WEEK = env.int("MAILS_PER_WEEK", 3)
# So long the directory keeps whoever left and is in no campaign (any more).
LEAVERS_KEPT_MONTHS = env.int("LEAVERS_KEPT_MONTHS", 12, validate=validate.Range(min=0, max=120))
COMPANY_COUNTRY = env.str("COMPANY_COUNTRY", "").upper()
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "compliance" / "locale"]

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # served from the apps; there is nothing to collect
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    # Finished exports: file:///folder or s3://bucket/prefix?endpoint=…; '' is the data directory.
    "evidence": evidence_storage(env.str("EVIDENCE_STORAGE_URL", "")),
}

# --- Logs: one JSON object a line, no names, no addresses, no tokens ---------------------------
LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
_shared = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    exception_render,
]
structlog.configure(
    processors=[*_shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],  # type: ignore[list-item]
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(),
            "foreign_pre_chain": _shared,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # Django writes the path of every 4xx and 5xx, and a path may hold a personal link; Celery
    # writes the messages of exceptions. config.logs says the same without them.
    "loggers": {
        name: {"level": "CRITICAL"}
        # flufl.bounce names each detector that it runs, on every mail. msal and urllib3 write what
        # they sent and got: tokens, and addresses with people's identifiers in them.
        for name in (
            "django.request",
            "django.server",
            TASK_LOGGER,
            "flufl.bounce",
            "msal",
            "urllib3",
        )
    },
}
