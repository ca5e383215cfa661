"""The reason that CloudFormation shows for a failure: the step, the message of the database or AWS, and what to do."""

import re

from botocore.exceptions import ClientError

from supplychain.seeder.request import EncryptionError, RequestError
from supplychain.settings import SettingError
from supplychain.warehouse.data_api import SessionDeniedError
from supplychain.warehouse.deadline import OutOfTimeError
from supplychain.warehouse.place import NoAdminSecretError, PlaceGoneError
from supplychain.warehouse.transaction import LoadError

_RETRY = "The data loaded before is unchanged. Fix the cause and deploy again."
_REPAIR = "Run make repair, which creates what is missing again, and then deploy."

_ADVICE: tuple[tuple[str, str], ...] = (
    (r"granting SELECT", "Create the user or role in the database first, or change grant_select_to."),
    (r"statement timeout|cancelled on user", "Raise statement_timeout or base_capacity, or generate less data."),
    (r"ERROR: 1023|serializable isolation", "Another load ran at the same time: deploy again when it has finished."),
    (r"assume IAM Role", "The namespace has lost its COPY role: deploy again, or set load_method=insert."),
    (r"checking that", "The loaded rows differ from the generated ones, which should not happen. Deploy again."),
    (r"drop or rename the view", "Then deploy again. The data loaded before is unchanged."),
    (r"depends on it", "Drop what depends on the table, deploy, and create it again."),
)

_MISSING = re.compile(r"can't find the specified secret|endpoint doesn't exist|bucket does not exist")
"""What AWS says of things that the stack created and someone has removed."""

_ADMIN_DENIED = "not authorized to perform: secretsmanager:GetSecretValue"


def failure_reason(error: Exception) -> str:
    """Return the failure reason for an error, in one line."""
    match error:
        case SettingError() | RequestError() | EncryptionError():
            reason = f"{error}."
        case OutOfTimeError():
            reason = f"The seeder {error}. Generate less data, or raise base_capacity. {_RETRY}"
        case PlaceGoneError():
            reason = f"{str(error).rstrip('.')}. {_REPAIR}"
        case NoAdminSecretError():
            reason = f"{error} {_RETRY}"
        case LoadError():
            reason = f"{error}. {_advice(str(error))}"
        case SessionDeniedError():
            reason = f"AWS refused statements in a session, which INSERT needs: {error}. {_RETRY}"
        case ClientError() if _MISSING.search(error.response["Error"]["Message"]):
            reason = f"{error.response['Error']['Message'].rstrip('.')}. {_REPAIR}"
        case ClientError() if _ADMIN_DENIED in error.response["Error"]["Message"]:
            # The role may read secrets with Redshift's tag only, which one that is gone has not.
            reason = (
                f"AWS refused {error.operation_name}: {error.response['Error']['Message']}. "
                f"If someone has deleted the admin secret, make repair creates it again. {_RETRY}"
            )
        case ClientError():
            reason = f"AWS refused {error.operation_name}: {error.response['Error']['Message']}. {_RETRY}"
        case _:
            reason = f"{type(error).__name__}: {error}. {_RETRY}"
    return reason


def _advice(message: str) -> str:
    return next((advice for pattern, advice in _ADVICE if re.search(pattern, message)), _RETRY)
