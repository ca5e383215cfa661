"""The lake: private, versioned, encrypted, deleted with the stack."""

from tests.infra.synthesis import synthesise


def test_the_bucket_is_closed_to_the_public(stack):
    """All public access is blocked, and ACLs are disabled."""
    bucket = stack.only("AWS::S3::Bucket")
    assert bucket["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_objects_are_versioned_and_encrypted(stack):
    """A replaced object can be restored for a week; all objects are encrypted with SSE-S3."""
    bucket = stack.only("AWS::S3::Bucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}


def test_connections_without_tls_are_denied(stack):
    """The bucket policy denies plain HTTP and TLS before 1.2, and allows nothing."""
    statements = stack.only("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    assert {statement["Effect"] for statement in statements} == {"Deny"}
    conditions = [statement["Condition"] for statement in statements]
    assert {"Bool": {"aws:SecureTransport": "false"}} in conditions
    assert {"NumericLessThan": {"s3:TlsVersion": 1.2}} in conditions


def test_the_bucket_has_no_fixed_name(stack):
    """CloudFormation chooses the name, so two stacks never collide."""
    assert "BucketName" not in stack.only("AWS::S3::Bucket")


def test_a_customer_managed_key_encrypts_the_lake():
    """With customer_managed_key=on the bucket uses the stack's key, with a bucket key to save KMS calls."""
    keyed = synthesise(customer_managed_key="on")
    (encryption,) = keyed.only("AWS::S3::Bucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert encryption["BucketKeyEnabled"] is True
