"""Register numbers as the office's template writes them (SOP step 9), and how long a file is kept (step 13)."""

from datetime import date

from kiosk.permits.dates import add_years
from kiosk.regulations.model import Regulations


def register_number(regulations: Regulations, kind: str, serial: int, year: int) -> str:
    """The register number of that serial in that year. Raises ValueError for a year the template has no letter for."""
    template = regulations.register
    place = year - template.first_year
    if not 0 <= place < len(template.year_letters):
        raise ValueError(f"no year letter for {year}")
    return template.template.format(
        kind=template.kinds[kind],
        office=template.office,
        serial=str(serial).zfill(template.serial_digits),
        year_letter=template.year_letters[place],
        year=str(year),
        **{"class": template.permit_class},
    )


def keep_until(regulations: Regulations, completed: date) -> date:
    """The last day a paper file of a case completed on that day is kept; then it may be proposed for destruction."""
    return add_years(completed, regulations.retention.paper_years)
