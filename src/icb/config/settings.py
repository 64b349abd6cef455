"""Django's settings, derived from the environment (see foundation/environment.py)."""

from __future__ import annotations

from pathlib import Path

from icb.config.database import database_settings
from icb.demo.folder import is_marked
from icb.foundation.environment import read_environment
from icb.foundation.keys import secret_key

ENVIRONMENT = read_environment()
WEB = Path(__file__).resolve().parent.parent / "web"

DATA_DIR = ENVIRONMENT.data_dir
SECRET_KEY = secret_key(ENVIRONMENT)
DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = list(ENVIRONMENT.hosts)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "icb.foundation",
    "icb.organizations",
    "icb.contracts",
    "icb.hub",
    "icb.mapping",
    "icb.billing",
    "icb.invoicing",
    "icb.payments",
    "icb.delivery",
    "icb.accounting",
    "icb.insights",
    "icb.web",
]
# The project's own adapters, by key. They stand above the hub, which therefore finds them by name;
# those of other packages are found by their entry points.
ICB_MODULES = {
    "datto_rmm": "icb.modules.datto_rmm.adapter.ADAPTER",
    "generic_http": "icb.modules.generic_http.adapter.ADAPTER",
    "huntress": "icb.modules.huntress.adapter.ADAPTER",
    "microsoft_365": "icb.modules.microsoft_365.adapter.ADAPTER",
    "ninjaone": "icb.modules.ninjaone.adapter.ADAPTER",
    "pax8": "icb.modules.pax8.adapter.ADAPTER",
}
# Where documents go for accounting, by key (see accounting/registry.py).
ICB_TARGETS = {
    "csv_journal": "icb.accounting.targets.files.csv_journal.TARGET",
    "quickbooks_desktop": "icb.accounting.targets.files.quickbooks_desktop.TARGET",
    "quickbooks_online": "icb.accounting.targets.quickbooks_online.target.TARGET",
    "xero": "icb.accounting.targets.xero.target.TARGET",
    "xml_journal": "icb.accounting.targets.files.xml_journal.TARGET",
}
if is_marked(DATA_DIR):
    # A demo sends nothing to anybody real: its own applications stand in.
    ICB_TARGETS |= {
        "quickbooks_online": "icb.demo.books.QUICKBOOKS_ONLINE",
        "xero": "icb.demo.books.XERO",
    }
# What does the jobs of each kind (see operations/worker.py).
JOB_HANDLERS = {
    "bill": "icb.operations.bill_run.run_bill",
    "deliver": "icb.delivery.sending.run_deliver",
    "folders": "icb.exchange.count_files.folders.run_folders",
    "follow": "icb.operations.daily_chain.run_follow",
    "issue": "icb.operations.issuing_run.run_issue",
    "post": "icb.operations.posting_run.run_post",
    "reconcile": "icb.accounting.reconciling.run_reconcile",
    "sync": "icb.operations.syncing.sync.run_sync",
    "test": "icb.operations.syncing.testing.run_test",
    "transfer": "icb.accounting.transferring.run_transfer",
    "unbilled": "icb.billing.unbilled_report.run_unbilled",
}
AUTH_USER_MODEL = "foundation.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": database_settings(ENVIRONMENT.database_url, data_dir=DATA_DIR)}

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "icb.web.headers.SafeHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "icb.web.request_scope.RequestScope",
]
# Each group of screens brings its own folder of templates.
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": sorted(WEB.glob("*/templates")),
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "icb.web.shell.context.shell",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "icb.web.templatetags.icb",
            ],
        },
    }
]
ROOT_URLCONF = "icb.config.urls"
WSGI_APPLICATION = "icb.config.wsgi.application"
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
# Served out of the package; addresses change with the content (see web/static_files.py).
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 31_536_000
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "icb.web.static_files.VersionedFiles"},
}

# What failed, with where it failed but without any values, to whoever keeps the server's output.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"output": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["output"], "level": "ERROR"}},
}

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LOCALE_PATHS = [WEB / "locale"]

# Signing in (see web/sign_in). The rest of allauth's settings are its own defaults.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "icb.web.sign_in.adapters.Accounts"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]  # of no form: nobody signs up
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/sign-in"
ACCOUNT_SESSION_REMEMBER = True  # as long as SESSION_COOKIE_AGE, also when the browser is closed
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "reset_password": "20/m/ip,3/5m/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = ENVIRONMENT.proxies
MFA_FORMS = {
    "authenticate": "icb.web.sign_in.forms.CodeForm",
    "reauthenticate": "icb.web.sign_in.forms.CodeAgainForm",
}
MFA_ADAPTER = "icb.web.sign_in.adapters.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # owners add people; nobody claims an address
MFA_TOTP_ISSUER = "ICB"
MFA_TOTP_TOLERANCE = 1  # of thirty seconds, for clocks that are a little off
# Limits are counted in the memory of the one process that serves the pages.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.is_https
SESSION_COOKIE_AGE = 12 * 3600
# Whatever ends https before the pages need not say so in a header that anybody could send.
CSRF_TRUSTED_ORIGINS = list(ENVIRONMENT.origins)
CSRF_FAILURE_VIEW = "icb.web.sign_in.doors.forged"
# Pages store what they have to say in the session: a cookie would show it to whoever reads along.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

EMAIL_HOST, EMAIL_PORT = ENVIRONMENT.mail.host, ENVIRONMENT.mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = ENVIRONMENT.mail.user, ENVIRONMENT.mail.password
EMAIL_USE_TLS = ENVIRONMENT.mail.security == "starttls"
EMAIL_USE_SSL = ENVIRONMENT.mail.security == "tls"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = ENVIRONMENT.mail.sender

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
