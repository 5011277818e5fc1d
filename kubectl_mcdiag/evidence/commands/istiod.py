"""What is asked of istiod: its debug interface and its log."""

from kubectl_mcdiag.evidence.commands.common import EXEC, ISTIOD, SYSTEM
from kubectl_mcdiag.evidence.model import Command, Permission, Target
from kubectl_mcdiag.evidence.parsers.istiod import (
    clusterz,
    endpoint_shards,
    exported_services,
    istiod_crash,
    istiod_log,
    networkz,
    syncz,
)

CLUSTERZ = Command(
    "clusterz",
    "kubectl",
    (*ISTIOD, "/debug/clusterz"),
    clusterz.parse,
    Target.ISTIOD,
    redact=clusterz.redact,
    permissions=EXEC,
    suffix="json",
)
ENDPOINT_SHARDS = Command(
    "endpoint-shards",
    "kubectl",
    (*ISTIOD, "/debug/endpointShardz"),
    endpoint_shards.parse,
    Target.ISTIOD,
    redact=endpoint_shards.redact,
    permissions=EXEC,
    suffix="json",
)
NETWORKZ = Command(
    "networkz",
    "kubectl",
    (*ISTIOD, "/debug/networkz"),
    networkz.parse,
    Target.ISTIOD,
    redact=networkz.redact,
    permissions=EXEC,
    suffix="json",
)
SYNCZ = Command(
    "syncz",
    "kubectl",
    (*ISTIOD, "/debug/syncz"),
    syncz.parse,
    Target.ISTIOD,
    redact=syncz.redact,
    permissions=EXEC,
    suffix="json",
)
EXPORTED_SERVICES = Command(
    "exported-services",
    "kubectl",
    (*ISTIOD, "/debug/mcsz"),
    exported_services.parse,
    Target.ISTIOD,
    redact=exported_services.redact,
    permissions=EXEC,
    suffix="json",
)
ISTIOD_LOG = Command(
    "istiod-log",
    "kubectl",
    (*SYSTEM, "logs", "{pod}", "-c", "discovery", "--tail=5000"),
    istiod_log.parse,
    Target.ISTIOD,
    redact=istiod_log.redact,
    permissions=(Permission("get", "pods"), Permission("get", "pods/log")),
    suffix="log",
)
ISTIOD_CRASH = Command(
    "istiod-crash",
    "kubectl",
    (*SYSTEM, "logs", "{pod}", "-c", "discovery", "--previous", "--tail=200"),
    istiod_crash.parse,
    Target.ISTIOD,
    redact=istiod_crash.redact,
    permissions=(Permission("get", "pods"), Permission("get", "pods/log")),
    suffix="log",
)
