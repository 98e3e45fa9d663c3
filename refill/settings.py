"""Settings, read from the environment alone, without side effects; docs/operating.md lists the variables."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from refill.database_url import parse_database_url
from refill.domain.opening import read_hours
from refill.logs import logging_settings

PACKAGE_DIR = Path(__file__).resolve().parent


def _flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in ("1", "true", "yes", "on")


def _words(name: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


# --- where it runs ---------------------------------------------------------------------------------
DATA_DIR = Path(os.environ.get("REFILL_DATA", ".data"))
BASE_URL = os.environ.get("REFILL_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
_BASE = urlsplit(BASE_URL)
IS_HTTPS = _BASE.scheme == "https"
DEBUG = False
# Pages say that what they show is made up, and offer the demo's logins.
DEMO = _flag("REFILL_DEMO")
# Django refuses to use an empty key, so nothing that signs can run without one.
SECRET_KEY = os.environ.get("REFILL_SECRET_KEY", "")
SECRET_KEY_FALLBACKS = _words("REFILL_SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = [
    _BASE.hostname or "127.0.0.1",
    "127.0.0.1",
    "localhost",
    "[::1]",
    *_words("REFILL_ALLOWED_HOSTS"),
]
CSRF_TRUSTED_ORIGINS = [f"{_BASE.scheme}://{_BASE.netloc}"]

INSTALLED_APPS = [
    "refill.apps.RefillConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
]
MIDDLEWARE = [
    "refill.api.door.ApiDoor",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "refill.web.access.Guard",
]
ROOT_URLCONF = "refill.urls"
WSGI_APPLICATION = "refill.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "refill.web.context.page",
            ],
            "builtins": ["django.templatetags.static", "refill.web.tags", "refill.web.mail_tags"],
        },
    }
]

# --- the database ----------------------------------------------------------------------------------
AS_OWNER = _flag("REFILL_AS_OWNER")
PROCESS = os.environ.get("REFILL_PROCESS", "web")
_STATEMENT_TIMEOUT_SECONDS = {"web": 5, "lane": 5, "worker": 60}.get(PROCESS, 0)


def connection_options(
    *, as_owner: bool, statement_timeout_seconds: int, lock_timeout_seconds: int = 2
) -> dict[str, Any]:
    """psycopg's options. Requests run as refill_app, which cannot change an entry; migrations as owner."""
    session = {
        "timezone": "UTC",
        "statement_timeout": f"{statement_timeout_seconds}s",
        "lock_timeout": f"{0 if as_owner else lock_timeout_seconds}s",
        "idle_in_transaction_session_timeout": "0" if as_owner else "10s",
    }
    if not as_owner:
        session["role"] = "refill_app"
    return {
        "options": " ".join(f"-c {name}={value}" for name, value in session.items()),
        "application_name": f"refill-{'owner' if as_owner else PROCESS}",
        "connect_timeout": 5,
        # A database whose host is gone says nothing: given up after about ten seconds, not after hours.
        "keepalives_idle": 4,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        # Hot calls are prepared once and bound by the server; migrations send several commands at once.
        "server_side_binding": not as_owner,
        "prepare_threshold": None if as_owner else 0,
    }


_ADDRESS = parse_database_url(os.environ.get("DATABASE_URL", "postgresql:///refill"))
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _ADDRESS.name,
        "USER": _ADDRESS.user,
        "PASSWORD": _ADDRESS.password,
        "HOST": _ADDRESS.host,
        "PORT": _ADDRESS.port,
        # One connection for each thread, kept: a new one costs more than the spend it is for.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {
            **_ADDRESS.parameters,
            **connection_options(
                as_owner=AS_OWNER, statement_timeout_seconds=0 if AS_OWNER else _STATEMENT_TIMEOUT_SECONDS
            ),
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Sign-in limits count in the cache. They must hold over all web processes, so it is in the database.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "refill_cache",
        "TIMEOUT": 3600,
    }
}

# --- people ----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "refill.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_ADAPTER = "refill.web.signing_in.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "refill.web.signing_up.SignupForm"
ACCOUNT_FORMS = {
    "login": "refill.web.login_forms.LoginForm",
    "signup": "refill.web.login_forms.SignupForm",
    "add_email": "refill.web.login_forms.AddEmailForm",
    "change_password": "refill.web.login_forms.ChangePasswordForm",
    "reset_password": "refill.web.login_forms.ResetPasswordForm",
    "reset_password_from_key": "refill.web.login_forms.ResetPasswordKeyForm",
    "reauthenticate": "refill.web.login_forms.ReauthenticateForm",
}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _BASE.scheme
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Whoever loses control of a login hears of it: password, mail address, authenticator, passkeys.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("REFILL_TRUSTED_PROXIES", "0"))
MFA_FORMS = {
    "authenticate": "refill.web.login_forms.CodeForm",
    "reauthenticate": "refill.web.login_forms.CodeAgainForm",
    "activate_totp": "refill.web.login_forms.FirstCodeForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS
MFA_TOTP_ISSUER = "Refill"
# A code of half a minute ago still holds: clocks differ.
MFA_TOTP_TOLERANCE = 1

# The mail address is unique whatever its case, by an index that Django's check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]

# --- the demo, and what differs from one operator to the next ---------------------------------------
SUPPORT_EMAIL = os.environ.get("REFILL_SUPPORT_EMAIL", "support@refill.example")
# Who sells, as invoices say it.
SELLER = {
    "name": os.environ.get("REFILL_SELLER", "Refill"),
    "address": [part.strip() for part in os.environ.get("REFILL_SELLER_ADDRESS", "").split(";") if part.strip()],
    "tax_id": os.environ.get("REFILL_SELLER_TAX_ID", ""),
}
# Further fonts for PDF documents, for names in letters that the built-in ones lack.
FONTS_DIR = os.environ.get("REFILL_FONTS", "")
DEFAULT_CURRENCY = os.environ.get("REFILL_CURRENCY", "usd")
# Help: when operators answer, how soon they usually do, and the secret that inbound mail comes with.
HELP_HOURS = read_hours(os.environ.get("REFILL_HELP_HOURS", "Mon-Fri 09:00-17:00 America/New_York"))
HELP_CHAT_MINUTES = int(os.environ.get("REFILL_HELP_CHAT_MINUTES", "10"))
HELP_MAIL_HOURS = int(os.environ.get("REFILL_HELP_MAIL_HOURS", "24"))
HELP_MAIL_SECRET = os.environ.get("REFILL_HELP_MAIL_SECRET", "")
# A Chatwoot of the operator's own takes the place of the built-in chat; its host may then be framed on the help page.
CHATWOOT_URL = os.environ.get("REFILL_CHATWOOT_URL", "").rstrip("/")
CHATWOOT_TOKEN = os.environ.get("REFILL_CHATWOOT_TOKEN", "")

# --- cookies, headers, pages -----------------------------------------------------------------------
# The prefix binds a cookie to this one host, and browsers accept it over HTTPS only.
_COOKIE_PREFIX = "__Host-" if IS_HTTPS else ""
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = f"{_COOKIE_PREFIX}refill_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_COOKIE_PREFIX}refill_csrf"
DEVICE_COOKIE_NAME = f"{_COOKIE_PREFIX}refill_device"
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if _flag("REFILL_BEHIND_TLS_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "refill.web.views.faults.no_token"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# The launcher gathers the static files under hashed names; without it they are served from where they lie.
STATIC_URL = "/static/"
STATICFILES_DIRS = [path for path in [PACKAGE_DIR / "static"] if path.is_dir()]
_STATIC_ROOT = os.environ.get("REFILL_STATIC_ROOT", "")
STATIC_ROOT = _STATIC_ROOT or None
WHITENOISE_USE_FINDERS = not _STATIC_ROOT
_STATIC_STORAGE = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if _STATIC_ROOT
    else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files"},
    },
    "staticfiles": {"BACKEND": _STATIC_STORAGE},
}

# --- mail and logs ---------------------------------------------------------------------------------
_SMTP = urlsplit(os.environ.get("REFILL_SMTP_URL", ""))
# What Django itself writes joins the outbox; the worker sends all of it.
EMAIL_BACKEND = "refill.services.mail.outbox.OutboxBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_HOST = _SMTP.hostname or ""
EMAIL_USE_SSL = _SMTP.scheme == "smtps"
EMAIL_PORT = _SMTP.port or (465 if EMAIL_USE_SSL else 587)
EMAIL_HOST_USER = unquote(_SMTP.username or "")
EMAIL_HOST_PASSWORD = unquote(_SMTP.password or "")
EMAIL_USE_TLS = bool(_SMTP.hostname) and not EMAIL_USE_SSL
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("REFILL_MAIL_FROM", "Refill <refill@localhost>")
LOGGING = logging_settings(os.environ.get("REFILL_LOG_LEVEL", "INFO"))

# --- outside ---------------------------------------------------------------------------------------
# Live accounts pay through this gateway; test accounts always with sandbox cards.
_SANDBOX_CARDS = "refill.gateways.sandbox_cards.SandboxCards"
REFILL_CARD_GATEWAY = os.environ.get("REFILL_CARD_GATEWAY", _SANDBOX_CARDS)
# Accounts that people start themselves are test accounts with the sandbox's cards until a provider is set.
SANDBOX_CARDS = REFILL_CARD_GATEWAY == _SANDBOX_CARDS
STRIPE_KEY = os.environ.get("REFILL_STRIPE_KEY", "")
STRIPE_WEBHOOK_SECRETS = _words("REFILL_STRIPE_WEBHOOK_SECRETS")
STRIPE_URL = os.environ.get("REFILL_STRIPE_URL", "")
STRIPE_ANSWER_SECONDS = 25
# Live accounts text through this carrier; test accounts always through the sandbox.
REFILL_CARRIER = os.environ.get("REFILL_CARRIER", "refill.gateways.sandbox_carrier.SandboxCarrier")
# Mail leaves by the server of REFILL_SMTP_URL; without one it is written into a folder.
_MAIL_GATEWAY = f"refill.gateways.mail.{'SmtpMail' if _SMTP.hostname else 'FolderMail'}"
REFILL_MAIL_GATEWAY = os.environ.get("REFILL_MAIL_GATEWAY", _MAIL_GATEWAY)
# Webhooks go to public addresses alone; for development and tests also to this machine.
WEBHOOKS_TO_LOOPBACK = _flag("REFILL_WEBHOOKS_TO_LOOPBACK")
METRICS_TOKEN = os.environ.get("REFILL_METRICS_TOKEN", "")
# Twilio, where REFILL_CARRIER names it: the first token signs our calls, each of them may have signed a webhook.
TWILIO_ACCOUNT_SID = os.environ.get("REFILL_TWILIO_ACCOUNT_SID", "")
TWILIO_AUTH_TOKENS = _words("REFILL_TWILIO_AUTH_TOKENS")
TWILIO_URL = os.environ.get("REFILL_TWILIO_URL", "https://api.twilio.com")
TWILIO_ANSWER_SECONDS = 15
