"""The section ``storage``: options of drivers, handed on as they are, and settings of ours among them.

Our settings go with every object that is written (``object_settings``). They are checked here,
since a driver would take a misspelt encryption for an option that it does not know.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from framehaul.pipelines.config.open_options import StoreOptions
from framehaul.pipelines.config.setting_values import Section, StoreName
from framehaul.pipelines.config.store_tags import AzureTags, Tags
from framehaul.transforms.storage.object_settings import NAMES

_KMS_KEY = re.compile(r"[\w:/+=,.@-]+")
_CLOUD_KMS_KEY = re.compile(r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+")
_SCOPE = re.compile(r"[A-Za-z0-9-]{3,63}")
_ACCOUNT = re.compile(r"\d{12}")


def _check_matches(pattern: re.Pattern[str], allowed: str) -> AfterValidator:
    def check(value: str) -> str:
        if pattern.fullmatch(value) is None:
            raise ValueError(f"write {allowed}")
        return value

    return AfterValidator(check)


class _Encryption(Section):
    """Encryption of a store; ``shape`` tells a person how it is written."""

    shape: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _check_store(cls, value: Any) -> Any:
        if cls.fits(value):
            return value
        others = [name for name, encryption in _ENCRYPTIONS.items() if encryption.fits(value)]
        raise ValueError(f"{f'that is how {others[0]} has it; ' if others else ''}write {cls.shape}")

    @classmethod
    def fits(cls, value: Any) -> bool:
        """Tell whether a value has the keys of this store's encryption, whatever their values."""
        needed = {name for name, field in cls.model_fields.items() if field.is_required()}
        return isinstance(value, Mapping) and needed <= set(value) <= set(cls.model_fields)


class S3Encryption(_Encryption):
    """Encryption of objects on S3."""

    shape = "{type: AES256}, or {type: aws:kms, key: ARN, bucket_key: true}, where key and bucket_key may be left out"

    type: Literal["AES256", "aws:kms"]
    key: Annotated[str, _check_matches(_KMS_KEY, "the ARN, id or alias of a key of KMS")] | None = Field(
        None, description="ARN, id or alias of a key of KMS; null is the one that the account has for S3"
    )
    bucket_key: bool | None = Field(None, description="the bucket asks KMS, once for many objects")

    @model_validator(mode="after")
    def _check_together(self) -> "S3Encryption":
        if self.type == "AES256" and (self.key is not None or self.bucket_key is not None):
            raise ValueError("AES256 has no key and no bucket_key; with them the type is aws:kms")
        return self


class GoogleEncryption(_Encryption):
    """Key with which Google encrypts objects."""

    shape = "{key: projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY}"

    key: Annotated[str, _check_matches(_CLOUD_KMS_KEY, shape)]


class AzureEncryption(_Encryption):
    """Scope in which Azure encrypts blobs."""

    shape = "{scope: NAME}, a name of 3 to 63 letters, digits and hyphens"

    scope: Annotated[str, _check_matches(_SCOPE, shape)]


_ENCRYPTIONS: dict[str, type[_Encryption]] = {
    "s3": S3Encryption,
    "gs": GoogleEncryption,
    "az": AzureEncryption,
}


def _check_account(value: Any) -> Any:
    if not isinstance(value, str) or _ACCOUNT.fullmatch(value) is None:
        raise ValueError(
            "write the 12 digits of an AWS account in quotes: YAML takes some of them for other numbers"
        )
    return value


class _Store(BaseModel):
    """One store: options of its driver, whatever they are, and settings of ours."""

    model_config = ConfigDict(extra="allow", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _check_names(cls, value: Any) -> Any:
        for name in NAMES:
            if name in value and name not in cls.model_fields:
                having = [store for store, kind in _STORES.items() if name in kind.model_fields]
                raise ValueError(f"{name} is a setting of {', '.join(having)}, not of this store")
        return value


class S3Store(_Store):
    """S3, and stores that speak like it."""

    encryption: S3Encryption | None = None
    tags: Tags = Field({}, description="of every object that is written")
    expected_bucket_owner: Annotated[str, BeforeValidator(_check_account)] | None = Field(
        None, description="number of the AWS account that the bucket of the export must belong to"
    )


class GoogleStore(_Store):
    """Google Cloud Storage."""

    encryption: GoogleEncryption | None = None
    tags: Tags = Field({}, description="custom metadata of every object that is written")


class AzureStore(_Store):
    """Azure Blob Storage."""

    encryption: AzureEncryption | None = None
    tags: AzureTags = Field({}, description="index tags of every blob that is written")


_STORES: dict[str, type[_Store]] = {"s3": S3Store, "gs": GoogleStore, "az": AzureStore}


class Stores(BaseModel):
    """Per scheme, options of its fsspec filesystem and settings that go with every object."""

    s3: S3Store | None = None
    gs: GoogleStore | None = None
    az: AzureStore | None = None
    abfs: AzureStore | None = None
    file: _Store | None = None
    memory: _Store | None = None


def _check_section(value: Any, check_options: ValidatorFunctionWrapHandler) -> Any:
    """Check the section, and return it as it was given: a setting that is left out stays out, also of the manifest."""
    given = check_options(value)
    Stores.model_validate(given)
    return given


StorageSection = Annotated[
    dict[StoreName, StoreOptions], WrapValidator(_check_section, json_schema_input_type=Stores)
]
