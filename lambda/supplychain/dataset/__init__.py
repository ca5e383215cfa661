"""A generated data set as files: storage, manifest, writers, reader, digest, worker processes."""
