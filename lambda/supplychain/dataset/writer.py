"""Write the tables of a data set as files: Parquet files of limited size, or one CSV file for each table.

The files do not depend on the number of processes: which rows a file holds follows from the sizes of the blocks alone.
"""

from typing import Literal

from supplychain.dataset.blocks import Blocks
from supplychain.dataset.csv_writer import write_csv
from supplychain.dataset.manifest import TableContents
from supplychain.dataset.parquet_writer import write_parquet
from supplychain.dataset.progress import Progress, row_counter
from supplychain.dataset.storage import Storage
from supplychain.dataset.workers import ProcessLostError, Workers

Format = Literal["csv", "parquet"]


def write_tables(
    storage: Storage, blocks: Blocks, files: Format, workers: Workers, progress: Progress | None = None
) -> dict[str, TableContents]:
    """Write all rows and return the contents of each table, which has at least one file.

    Memory use is a few blocks of rows for each process.

    Raises
    ------
    ProcessLostError
        If a worker process was killed.
    """
    write = write_parquet if files == "parquet" else write_csv
    try:
        return write(storage, blocks, workers, row_counter(progress, blocks.total_rows))
    except ProcessLostError:
        storage.discard_unfinished()
        raise
