"""The web application: one factory that is handed the wired house and gives back a Flask application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from caseapp.web import access, errors, filters, i18n, nav, places, security, sending, throttle, unit, visitor, wording
from caseapp.web.pages import BLUEPRINTS

if TYPE_CHECKING:
    from caseapp.bootstrap import Application


def create_app(application: Application) -> Flask:
    """Return the web application over ``application``.

    Args:
        application: settings, sessions, evidence store, queue and clock, already wired.

    Raises:
        FaultyRuleError: a route does not declare who may use it.
    """
    app = Flask("caseapp.web", static_folder="static", template_folder="templates")
    app.extensions[visitor.EXTENSION] = application
    security.configure(
        app,
        key=security.cookie_key(application.settings.keys_dir),
        secure_cookies=application.settings.secure_cookies,
    )
    for part in (visitor, i18n, throttle, errors, filters, wording, unit, nav, places, access, sending):
        part.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    throttle.limit_sign_in(app)
    access.check_declarations(app)
    return app
