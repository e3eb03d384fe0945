"""What the public reads: pages, files and feeds."""

from flask import Flask

from gongkai.portal import dataset_pages, feeds, files, pages, service_pages


def install(app: Flask) -> None:
    """Put the public addresses on the application."""
    for part in (pages, dataset_pages, files, feeds, service_pages):
        app.register_blueprint(part.blueprint)
