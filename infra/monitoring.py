"""What `monitoring=on` adds: alarms on failed seeding, and a dashboard."""

from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

METRICS_NAMESPACE: Final = "SupplyChainWarehouse"
"""CloudWatch namespace of all metrics, including those that the function emits."""

PERIOD: Final = Duration.minutes(5)


class Monitoring(Construct):
    """Alarms on failed seeding, and a dashboard of the seeder and the workgroup.

    The seeder reports most failures to CloudFormation and logs an error, which a metric filter counts. A crash or a
    timeout counts as an error of the function.

    Parameters
    ----------
    function
        The seeder's function.
    log_group
        Its log.
    workgroup
        Name of the workgroup.
    topic
        ARN of the SNS topic that the alarms notify; empty for none.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.IFunction,
        log_group: logs.ILogGroup,
        workgroup: str,
        topic: str = "",
    ) -> None:
        super().__init__(scope, construct_id)
        failures = self._logged_errors(log_group)
        crashes = function.metric_errors(statistic="Sum", period=PERIOD)
        self.alarms = [
            self._alarm("SeedingFailed", failures, "The seeder answered CloudFormation with a failure"),
            self._alarm("SeederCrashed", crashes, "The seeder crashed or ran out of time"),
        ]
        if topic:
            notify = actions.SnsAction(sns.Topic.from_topic_arn(self, "Topic", topic))
            for alarm in self.alarms:
                alarm.add_alarm_action(notify)
        self._dashboard(self.alarms, function, workgroup)

    def _alarm(self, name: str, metric: cloudwatch.Metric, description: str) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            name,
            alarm_description=description,
            metric=metric,
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )

    def _logged_errors(self, log_group: logs.ILogGroup) -> cloudwatch.Metric:
        name = f"{Stack.of(self).stack_name}-FailedSeedings"
        return logs.MetricFilter(
            self,
            "LoggedErrors",
            log_group=log_group,
            filter_pattern=logs.FilterPattern.any(
                logs.FilterPattern.string_value("$.level", "=", "ERROR"),
                logs.FilterPattern.string_value("$.level", "=", "CRITICAL"),
            ),
            metric_namespace=METRICS_NAMESPACE,
            metric_name=name,
            metric_value="1",
        ).metric(statistic="Sum", period=PERIOD)

    def _dashboard(self, alarms: list[cloudwatch.Alarm], function: lambda_.IFunction, workgroup: str) -> None:
        dashboard = cloudwatch.Dashboard(self, "Dashboard", default_interval=Duration.days(7))
        dashboard.add_widgets(
            *(cloudwatch.AlarmWidget(title=alarm.node.id, alarm=alarm) for alarm in alarms),
            cloudwatch.GraphWidget(title="Seeder: time", left=[function.metric_duration(statistic="Maximum")]),
        )
        dashboard.add_widgets(
            cloudwatch.GraphWidget(
                title="Workgroup: capacity in RPU", left=[_of_workgroup("ComputeCapacity", workgroup, "Maximum")]
            ),
            cloudwatch.GraphWidget(
                title="Workgroup: RPU seconds paid for", left=[_of_workgroup("ComputeSeconds", workgroup, "Sum")]
            ),
        )


def _of_workgroup(name: str, workgroup: str, statistic: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/Redshift-Serverless",
        metric_name=name,
        dimensions_map={"Workgroup": workgroup},
        statistic=statistic,
        period=PERIOD,
    )
