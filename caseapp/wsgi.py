"""WSGI entry for a server of one's own: `gunicorn caseapp.wsgi:application`."""

from __future__ import annotations

from caseapp.app import create_app
from caseapp.bootstrap import current_application

application = create_app(current_application())
