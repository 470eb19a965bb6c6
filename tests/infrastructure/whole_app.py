"""The app of the live service and, in the same process, a stack that uses all that declared stacks give to an app."""

import aws_cdk as cdk
from app import add_environments
from aws_cdk import aws_cloudwatch, aws_iam, aws_lambda, aws_sns_subscriptions
from aws_cdk.aws_lambda_event_sources import DynamoEventSource

from dynalayer import DefinitionError, Table
from dynalayer.infra import Infrastructure, environment
from dynalayer.infra.cdk import add_stack
from tests.infra import shop


def refused(call):
    try:
        call()
    except DefinitionError as error:
        return str(error)
    raise AssertionError("nothing was refused")


app = cdk.App()
add_environments(app)
dev = environment("dev", {"alarmEmail": "me@example.com", "tags": {"zone": "a", "area": "b"}})
declared = add_stack(app, shop.infrastructure, dev)
role = aws_iam.Role(declared.stack, "Role", assumed_by=aws_iam.ServicePrincipal("lambda.amazonaws.com"))
role.add_managed_policy(declared.policy("buying"))
declared.table(shop.stock).grant_read_data(role)
assert declared.table(shop.stock) is declared.table(shop.stock)
declared.topic.add_subscription(aws_sns_subscriptions.EmailSubscription("other@example.com"))
follower = aws_lambda.Function(
    declared.stack,
    "Follower",
    runtime=aws_lambda.Runtime.PYTHON_3_13,
    handler="index.handler",
    code=aws_lambda.Code.from_inline("def handler(event, context): pass"),
)
start = aws_lambda.StartingPosition.LATEST
follower.add_event_source(DynamoEventSource(declared.table(shop.orders), starting_position=start))
aws_cloudwatch.Alarm(
    declared.stack,
    "Users",
    metric=declared.table(shop.stock).metric_user_errors(),
    threshold=1,
    evaluation_periods=1,
)
user = add_stack(app, Infrastructure("user", uses=[shop.stock]), dev)
user.table(shop.stock).grant_read_data(
    aws_iam.Role(user.stack, "Role", assumed_by=aws_iam.ServicePrincipal("lambda.amazonaws.com"))
)
assert "neither makes nor uses Table('Other')" in refused(lambda: declared.table(Table("Other", pk="id")))
assert "has no grant 'selling'; it has buying, counting" in refused(lambda: declared.policy("selling"))
assert "has no resource 'Nothing'" in refused(lambda: declared.resource("Nothing"))
app.synth()
