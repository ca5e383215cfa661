"""S3 buckets created by CloudFormation."""
# ruff: noqa: SLF001  # MiniStack's registries and stores are private

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import s3
from ministack.services.cloudformation import provisioners

_Provisioned = tuple[str, dict[str, Any]]
_TYPE = "AWS::S3::Bucket"


def store_bucket_tags() -> None:
    """AWS stores a bucket's Tags and adds those of its stack; MiniStack drops them."""
    provisioners._STACK_TAG_PROPERTY[_TYPE] = ("Tags", "list")
    handlers = provisioners._RESOURCE_HANDLERS[_TYPE]
    handlers["create"] = _tagging(handlers["create"], properties_at=1)
    handlers["update"] = _tagging(handlers["update"], properties_at=2)


def refuse_to_delete_full_buckets() -> None:
    """AWS refuses to delete a bucket that holds objects or versions; MiniStack deletes it with its contents."""
    handlers = provisioners._RESOURCE_HANDLERS[_TYPE]
    original = handlers["delete"]

    def delete(physical_id: str, properties: Mapping[str, Any]) -> None:
        bucket = s3._buckets.get(physical_id)
        if bucket is not None and (bucket["objects"] or s3._bucket_has_versions(physical_id)):
            raise ValueError(
                "The bucket you tried to delete is not empty. You must delete all versions in the bucket. "
                f"(Service: S3, Status Code: 409, Error Code: BucketNotEmpty, Bucket: {physical_id})"
            )
        original(physical_id, properties)

    handlers["delete"] = delete


def _tagging(original: Callable[..., _Provisioned], *, properties_at: int) -> Callable[..., _Provisioned]:
    def provision(*arguments: Any) -> _Provisioned:
        physical_id, attributes = original(*arguments)
        tags = provisioners._tag_map(arguments[properties_at].get("Tags"))
        if tags:
            s3._bucket_tags[physical_id] = tags
        else:
            s3._bucket_tags.pop(physical_id, None)
        return physical_id, attributes

    return provision
