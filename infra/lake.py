"""The lake: the bucket that holds the Parquet files of the generations."""

from typing import Final

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from supplychain.settings import SettingError


class Lake(Construct):
    """A private, versioned bucket that accepts encrypted connections only.

    It is deleted with the stack, after the seeder has emptied it. The CDK's own `auto_delete_objects` would add a
    function whose log group outlives the stack.

    Parameters
    ----------
    key
        The KMS key that encrypts it; SSE-S3 if None.
    """

    prefix: Final = ""
    """Prefix of the generations: the bucket holds nothing else."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey | None = None) -> None:
        super().__init__(scope, construct_id)
        self._generation: Construct | None = None
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

    def attach(self, generation: Construct) -> None:
        """Record the generation whose function empties the lake; SettingError if there is one already."""
        if self._generation:
            raise SettingError(
                f"lake: {generation.node.path} is not accepted beside {self._generation.node.path}, which empties the "
                "bucket when it is deleted; a Lake takes one generation, an ExistingLake several"
            )
        self._generation = generation

    @property
    def dependencies(self) -> list[IDependable]:
        """What must exist for as long as the bucket is used."""
        policy = self.bucket.policy
        return [self.bucket] if policy is None else [self.bucket, policy]
