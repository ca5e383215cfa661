"""What `supplychain doctor` checks: the account before a deployment, and the deployment from outside."""
