"""What the public reads: pages, files and feeds."""

from flask import Flask

from gongkai.portal import (
    calendars,
    change_pages,
    compliance_pages,
    dataset_pages,
    feeds,
    files,
    pages,
    service_pages,
    status_pages,
    template_files,
)


def install(app: Flask) -> None:
    """Put the public addresses on the application."""
    parts = (
        pages,
        dataset_pages,
        change_pages,
        compliance_pages,
        files,
        template_files,
        feeds,
        calendars,
        status_pages,
        service_pages,
    )
    for part in parts:
        app.register_blueprint(part.blueprint)
