"""The sandbox: a local AWS with a Redshift Serverless that runs real SQL.

MiniStack emulates AWS in one process on the loopback interface. This package adds what MiniStack lacks (Redshift
Serverless, its CloudFormation types and the Redshift Data API) and corrects a few differences from AWS. ``README.md``
lists what is supported and what is not.
"""
