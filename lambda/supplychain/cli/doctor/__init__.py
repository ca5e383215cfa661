"""The checks of `supplychain doctor`, of the account before a deployment and of the deployment."""
