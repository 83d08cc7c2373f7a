"""What can be refused before anything is reached: queries that are no SELECT, addresses and headers that are none."""

from liren.base.remote.specs import DIALECTS, Api, Database
from liren.base.remote.stops import Stop, refusal


def checked(remote: Database | Api) -> None:
    """Refuse what could never be read."""
    from liren.base.remote.answers import checked_address, checked_headers  # noqa: PLC0415  half a second to load
    from liren.base.remote.selecting import single_select, table_parts  # noqa: PLC0415

    try:
        if isinstance(remote, Api):
            checked_address(remote.address)
            checked_headers(remote.headers)
            return
        if remote.dialect not in DIALECTS:
            raise Stop("dialect")  # noqa: TRY301  told like the others
        if remote.query.strip():
            single_select(remote.query, remote.dialect)
        else:
            table_parts(remote.table)
    except Stop as stop:
        raise refusal(stop.code, stop.values) from None
