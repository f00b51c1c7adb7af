"""The pages: one blueprint for each noun in the address."""

from __future__ import annotations

from flask import Flask

from tongban.web import gallery
from tongban.web.pages import (
    admin_audit,
    admin_deliveries,
    admin_offices,
    admin_people,
    admin_procedures,
    admin_tables,
    batches,
    cases,
    colleagues,
    developers,
    files,
    home,
    inbox,
    messages,
    notices,
    phone,
    phone_push,
    phone_sync,
    preferences,
    procedures,
    register,
    registers,
    settings,
    sign_in,
    sign_in_mobile,
    verify,
)

_ALL = (
    admin_audit,
    admin_deliveries,
    admin_offices,
    admin_people,
    admin_procedures,
    admin_tables,
    batches,
    cases,
    colleagues,
    developers,
    files,
    home,
    inbox,
    messages,
    notices,
    phone,
    phone_push,
    phone_sync,
    preferences,
    procedures,
    register,
    registers,
    settings,
    sign_in,
    sign_in_mobile,
    verify,
)


def init(app: Flask) -> None:
    """Put every page on the app."""
    for module in _ALL:
        app.register_blueprint(module.pages)
    gallery.init(app)
