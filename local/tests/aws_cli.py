"""The AWS CLI in a process that runs many commands, which saves the second that each start takes.

A line of input is the arguments of a command as JSON; a line of output is its exit code, output and errors. It is a
separate process because the CLI has its own version of botocore, under the same name.
"""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver


def main() -> None:
    for line in sys.stdin:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = create_clidriver().main(json.loads(line))
        print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)


if __name__ == "__main__":
    main()
