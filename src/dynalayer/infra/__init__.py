"""Infrastructure from the declarations of a program: tables, alarms, dashboards, outputs, policies."""

from .alarms.alarm import Alarm, Comparison, Missing
from .alarms.evaluation import Moment, State, decide, evaluate, over_time
from .alarms.of_tables import table_alarms
from .dashboard import Dashboard, Graph
from .environment import Environment, environment, load_environment
from .grant import Grant, Tenant
from .infrastructure import Infrastructure, known_keys
from .live import Change, deployed, deployed_tables
from .live import make as make_change
from .live import plan as plan_changes
from .loading import declared_by
from .metrics.mathematics import Math, percentage
from .metrics.metric import Metric, Unit
from .metrics.series import Sample, sample
from .output import Output, Reference, arn_of, name_of, stream_of
from .rendering.formats import Format, cloudformation_template, render, terraform_configuration
from .settings import Setting
from .topic import Topic

__all__ = [
    "Alarm",
    "Change",
    "Comparison",
    "Dashboard",
    "Environment",
    "Format",
    "Grant",
    "Graph",
    "Infrastructure",
    "Math",
    "Metric",
    "Missing",
    "Moment",
    "Output",
    "Reference",
    "Sample",
    "Setting",
    "State",
    "Tenant",
    "Topic",
    "Unit",
    "arn_of",
    "cloudformation_template",
    "decide",
    "declared_by",
    "deployed",
    "deployed_tables",
    "environment",
    "evaluate",
    "known_keys",
    "load_environment",
    "make_change",
    "name_of",
    "over_time",
    "percentage",
    "plan_changes",
    "render",
    "sample",
    "stream_of",
    "table_alarms",
    "terraform_configuration",
]
