"""What the API and the pages share: problems, conditional answers, language, addresses."""

from gongkai.web.current import current_site

__all__ = ["current_site"]
