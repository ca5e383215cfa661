"""What CloudFormation shows of a failure: the step, what the database or AWS said, and what to do."""

import re

from botocore.exceptions import ClientError

from supplychain.seeder.request import RequestError
from supplychain.settings import SettingError
from supplychain.warehouse.deadline import OutOfTimeError
from supplychain.warehouse.errors import LoadError
from supplychain.warehouse.place import NoAdminSecretError, PlaceGoneError

_AGAIN = "What was loaded before is untouched. Mend the cause and deploy again."

_ADVICE: tuple[tuple[str, str], ...] = (
    (r"granting SELECT", "Create the user or role in the database first, or change grant_select_to."),
    (r"statement timeout|cancelled on user", "Raise statement_timeout or base_capacity, or ask for less data."),
    (r"ERROR: 1023|serializable isolation", "Another load ran at the same time: deploy again when it has ended."),
    (r"assume IAM Role", "The namespace has lost its COPY role: deploy again, or set load_method=insert."),
    (r"checking that", "The data did not arrive as it was made; this should not happen. Deploy again."),
    (r"depends on it", "Drop what depends on the table, deploy, and create it again."),
)


def reason(error: Exception) -> str:
    """One line for the error that ended an event."""
    match error:
        case SettingError() | RequestError():
            return f"{error}."
        case OutOfTimeError():
            return f"The seeder {error}. Ask for less data, or raise base_capacity. {_AGAIN}"
        case PlaceGoneError() | NoAdminSecretError():
            return f"{error} {_AGAIN}"
        case LoadError():
            return f"{error}. {_advice(str(error))}"
        case ClientError():
            return f"AWS refused {error.operation_name}: {error.response['Error']['Message']}. {_AGAIN}"
        case _:
            return f"{type(error).__name__}: {error}. {_AGAIN}"


def _advice(message: str) -> str:
    return next((advice for pattern, advice in _ADVICE if re.search(pattern, message)), _AGAIN)
