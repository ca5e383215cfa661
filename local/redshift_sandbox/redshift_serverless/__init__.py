"""Redshift Serverless: namespaces and workgroups, by API and by CloudFormation."""
