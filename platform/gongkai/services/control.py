"""What an institution chooses for small counts of persons."""

from datetime import datetime

from sqlalchemy.orm import Session

from gongkai.domain.disclosure_control import ControlProfile
from gongkai.models import Institution, Role
from gongkai.services.access import Actor, require_role, require_scope
from gongkai.services.audit import record_act


def choose_control(
    session: Session,
    institution: Institution,
    profile: ControlProfile,
    *,
    by: Actor,
    now: datetime,
) -> Institution:
    """Set what is done with small counts in files that the institution sends from now on.

    Does not commit. Raises Forbidden.
    """
    require_scope(by, "sign")
    require_role(by, institution, Role.REVIEWER, Role.LEADER, Role.PRINCIPAL)
    before = institution.control
    institution.disclosure_control = profile.as_json()
    session.flush()
    record_act(
        session,
        by,
        "institution.control",
        institution.slug,
        now=now,
        before=before.as_json(),
        after=profile.as_json(),
    )
    return institution
