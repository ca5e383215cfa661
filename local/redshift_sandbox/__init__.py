"""The sandbox: a local AWS with a Redshift Serverless that runs real SQL.

MiniStack answers for AWS in one process on the loopback interface; this package adds what MiniStack lacks (Redshift
Serverless, its CloudFormation types and the Redshift Data API) and mends a few differences from AWS. ``README.md``
says what is supported and what is not.
"""
