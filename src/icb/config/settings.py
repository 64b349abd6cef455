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
