"""The lake: the bucket that holds the Parquet files of the generations."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable


class Lake(Construct):
    """A private, versioned bucket that takes encrypted connections only.

    It is deleted with the stack. The seeder empties it just before that: the CDK's own `auto_delete_objects` would add
    a function whose log group outlives the stack.

    Parameters
    ----------
    key
        What encrypts it; S3's own key where it is None.
    """

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey | None) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            bucket_key_enabled=True if key else None,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="Superseded",
                    noncurrent_version_expiration=Duration.days(7),
                    expired_object_delete_marker=True,
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                )
            ],
            removal_policy=RemovalPolicy.DESTROY,
        )

    @property
    def ready(self) -> list[IDependable]:
        """What must stand before the bucket is used, and as long as it is."""
        policy = self.bucket.policy
        return [self.bucket] if policy is None else [self.bucket, policy]
