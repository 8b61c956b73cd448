"""A limit per address on sign-in; the wait per account, which doubles, is the sign-in service's own.

The count is kept in memory: a restart that forgets it costs an attacker more than it gives, and the lasting record
of failures lies in the database.
"""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

SIGN_IN_PER_ADDRESS = "20 per minute;200 per hour"


def init_app(app: Flask) -> None:
    """Install a limiter of this application's own and limit the sign-in route."""
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", headers_enabled=True)
    app.extensions["bianwu_limiter"] = limiter


def limit_sign_in(app: Flask) -> None:
    """Limit attempts per address; looking at the form is free."""
    limiter = app.extensions["bianwu_limiter"]
    view = app.view_functions["account.sign_in"]
    app.view_functions["account.sign_in"] = limiter.limit(SIGN_IN_PER_ADDRESS, methods=["POST"])(view)
