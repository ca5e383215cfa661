"""The seeder: the Lambda function behind the stack's two custom resources."""
