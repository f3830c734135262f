"""What is kept: documents, rate-limit counters, the lake, query results, secrets."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdp.adapters.aws.table_keys import index_name
from cdp.ports import INDEXES
from infra.aws.values import SPILL_PREFIX

RESULTS_PREFIX = "athena-results"
SCAN_LIMIT_BYTES = 200 * 2**30  # of one Athena query: about one US dollar


class Storage(Construct):
    """Everything that outlives a deployment. Tables and buckets stay when the stack is deleted."""

    def __init__(self, scope: Construct, name: str, *, prefix: str, keep: bool) -> None:
        super().__init__(scope, name)
        removal = RemovalPolicy.RETAIN if keep else RemovalPolicy.DESTROY
        self.secrets_prefix = prefix
        self.database_prefix = database_prefix(prefix)
        self.table = self._documents(removal, protect=keep)
        self.limits = self._limits()
        self.logs_bucket = self._logs_bucket(removal)
        self.bucket = self._bucket(removal)
        self.workgroup_name = prefix
        self.workgroup = self._workgroup()

    def secrets_arn(self, folder: str) -> str:
        """Secrets below our prefix whose names begin with `folder`."""
        stack = Stack.of(self)
        return f"arn:aws:secretsmanager:{stack.region}:{stack.account}:secret:{self.secrets_prefix}/{folder}/*"

    @property
    def workgroup_arn(self) -> str:
        stack = Stack.of(self)
        return f"arn:aws:athena:{stack.region}:{stack.account}:workgroup/{self.workgroup_name}"

    @property
    def glue_arns(self) -> list[str]:
        """The catalog, and what lies in it below our prefix: pyiceberg makes one database an account."""
        stack = Stack.of(self)
        root = f"arn:aws:glue:{stack.region}:{stack.account}"
        return [
            f"{root}:catalog",
            f"{root}:database/{self.database_prefix}*",
            f"{root}:table/{self.database_prefix}*/*",
        ]

    def objects(self, prefix: str) -> str:
        """ARN of the bucket's objects below the prefix."""
        return self.bucket.arn_for_objects(f"{prefix}/*")

    def _documents(self, removal: RemovalPolicy, *, protect: bool) -> dynamodb.TableV2:
        return dynamodb.TableV2(
            self,
            "Documents",
            partition_key=_text("pk"),
            sort_key=_text("sk"),
            billing=dynamodb.Billing.on_demand(),
            global_secondary_indexes=[
                dynamodb.GlobalSecondaryIndexPropsV2(
                    index_name=index_name(index),
                    partition_key=_text(f"{index}p"),
                    sort_key=_text(f"{index}s"),
                    projection_type=dynamodb.ProjectionType.KEYS_ONLY,
                )
                for index in INDEXES
            ],
            time_to_live_attribute="ttl",
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=protect,
            removal_policy=removal,
        )

    def _limits(self) -> dynamodb.TableV2:
        """Counters that live for seconds, apart from the documents so that no room needs more than it says."""
        return dynamodb.TableV2(
            self,
            "Limits",
            partition_key=_text("pk"),
            sort_key=_text("sk"),
            billing=dynamodb.Billing.on_demand(),
            time_to_live_attribute="ttl",
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _bucket(self, removal: RemovalPolicy) -> s3.Bucket:
        """The lake and the large message bodies.

        Not versioned: Iceberg has its own snapshots, every compaction would double the storage, and an erased
        person must be gone once the snapshots have expired (docs/adr/0021).
        """
        return s3.Bucket(
            self,
            "Lake",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=False,
            removal_policy=removal,
            server_access_logs_bucket=self.logs_bucket,
            server_access_logs_prefix="lake/",
            lifecycle_rules=[
                s3.LifecycleRule(id="uploads", abort_incomplete_multipart_upload_after=Duration.days(1)),
                # Longer than a message can wait in a queue (14 days) or among the dead letters (14 more).
                s3.LifecycleRule(id="spill", prefix=f"{SPILL_PREFIX}/", expiration=Duration.days(30)),
                s3.LifecycleRule(id="results", prefix=f"{RESULTS_PREFIX}/", expiration=Duration.days(7)),
            ],
        )

    def _logs_bucket(self, removal: RemovalPolicy) -> s3.Bucket:
        return s3.Bucket(
            self,
            "AccessLogs",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            removal_policy=removal,
            lifecycle_rules=[s3.LifecycleRule(id="age", expiration=Duration.days(90))],
        )

    def _workgroup(self) -> athena.CfnWorkGroup:
        """For reports on Athena and for people: results in one place, no query reads more than the limit."""
        configuration = athena.CfnWorkGroup.WorkGroupConfigurationProperty(
            enforce_work_group_configuration=True,
            publish_cloud_watch_metrics_enabled=True,
            bytes_scanned_cutoff_per_query=SCAN_LIMIT_BYTES,
            engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                selected_engine_version="Athena engine version 3"
            ),
            result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                output_location=f"s3://{self.bucket.bucket_name}/{RESULTS_PREFIX}/",
                encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                    encryption_option="SSE_S3"
                ),
            ),
        )
        return athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=self.workgroup_name,
            description="Reports over the lake of Regulars",
            work_group_configuration=configuration,
            recursive_delete_option=True,
        )


def database_prefix(prefix: str) -> str:
    """How the Glue databases of a deployment begin, one for each account.

    The catalog belongs to the whole AWS account. No such prefix begins another one's: the deployment
    "regulars-test" has "regularstest_", which "regulars_*" does not match.
    """
    return f"{prefix.replace('-', '')}_"


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
