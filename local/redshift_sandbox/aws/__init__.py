"""AWS's JSON protocol on top of botocore's own service models."""
