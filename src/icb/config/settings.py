"""Django's settings, derived from the environment (see foundation/environment.py)."""

from __future__ import annotations

from icb.config.database import database_settings
from icb.foundation.environment import read_environment
from icb.foundation.keys import secret_key

ENVIRONMENT = read_environment()

DATA_DIR = ENVIRONMENT.data_dir
SECRET_KEY = secret_key(ENVIRONMENT)
DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = list(ENVIRONMENT.hosts)

INSTALLED_APPS = [
    "icb.foundation",
    "icb.organizations",
    "icb.contracts",
    "icb.hub",
    "icb.mapping",
    "icb.billing",
    "icb.invoicing",
    "icb.insights",
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
# What does the jobs of each kind (see operations/worker.py).
JOB_HANDLERS = {
    "folders": "icb.exchange.count_files.folders.run_folders",
    "follow": "icb.operations.daily_chain.run_follow",
    "sync": "icb.operations.syncing.sync.run_sync",
}
AUTH_USER_MODEL = "foundation.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": database_settings(ENVIRONMENT.database_url, data_dir=DATA_DIR)}

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
]
ROOT_URLCONF = "icb.config.urls"
WSGI_APPLICATION = "icb.config.wsgi.application"
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
