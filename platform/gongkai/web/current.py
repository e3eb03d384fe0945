"""The site that the running application serves."""

from typing import cast

from flask import current_app

from gongkai.site import Site

EXTENSION = "gongkai"


def current_site() -> Site:
    """Return the site of the application that handles this request."""
    return cast("Site", current_app.extensions[EXTENSION])
