"""An argument that matches nothing is refused with what there is instead; it never becomes a verdict."""

import re
import time
from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.cli.main import main
from kubectl_mcdiag.errors import McdiagError
from kubectl_mcdiag.evidence.commands import PODS, RESOURCES
from kubectl_mcdiag.evidence.model import Invocation, Output, Settings, Snapshot
from kubectl_mcdiag.mesh.access.identity import clients, control_planes, role
from kubectl_mcdiag.mesh.services.arguments import unmatched
from kubectl_mcdiag.mesh.view import View, ask
from kubectl_mcdiag.run import session
from kubectl_mcdiag.run.options import ClusterOptions
from kubectl_mcdiag.run.session import USUAL_NAMESPACE, Inquiry
from kubectl_mcdiag.verdict.judge import report
from tests.scenarios import FIXTURES, Scenario, bundle, snapshot, without

HEALTHY = Scenario(FIXTURES / "1.31" / "healthy-multi-network")
CLIENT = next(pod.full_name for pod in View(snapshot(HEALTHY)).read(PODS, "cluster1") if pod.name.startswith("curl"))


def chosen(recorded: Snapshot | None = None, **settings: Any) -> View:
    return View(replace(recorded or snapshot(HEALTHY), settings=Settings(**settings)))


def without_istiods(recorded: Snapshot, context: str) -> Snapshot:
    """Return a mesh in which a cluster has no istiod pod."""
    return edited(recorded, context, PODS, lambda pods: tuple(p for p in pods if p.labels.get("app") != "istiod"))


def edited(recorded: Snapshot, context: str, command: Any, change: Any) -> Snapshot:
    """Return a mesh with what one command read in one cluster changed."""
    key = (command.key, context, "")
    found = recorded.observations[key]
    return replace(recorded, observations={**recorded.observations, key: replace(found, value=change(found.value))})


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, []),
        ({"services": ("helloworld.sample", "curl", "helloworld.sample.svc.cluster.local")}, []),
        ({"client": CLIENT, "revision": "default", "istio_namespace": "istio-system"}, []),
        (
            {"services": ("hello-world.sample",)},
            ["no cluster has a service 'hello-world.sample'; did you mean helloworld.sample?"],
        ),
        ({"services": ("helowrld",)}, ["no cluster has a service 'helowrld'; did you mean helloworld?"]),
        (
            {"services": ("helloworld",), "namespace": "shop"},
            ["no cluster has a service 'helloworld' in namespace 'shop'; there is helloworld.sample"],
        ),
        (
            {"services": ("cluster2",)},
            ["'cluster2' is a context, and no service is called so; to choose it, write --context cluster1,cluster2"],
        ),
        (
            {"client": f"{CLIENT[:-1]}x"},
            [f"no cluster has a pod '{CLIENT[:-1]}x' with a sidecar; did you mean {CLIENT}?"],
        ),
        (
            {"revision": "nosuch"},
            [f"{c} has no istiod of revision 'nosuch'; there is: default" for c in ("cluster1", "cluster2")],
        ),
        (
            {"istio_namespace": "istio-sytem"},
            [
                "no istiod is in namespace 'istio-sytem'; it runs in istio-system of cluster1, cluster2: name it"
                " with --istio-namespace"
            ],
        ),
    ],
)
def test_what_matches_nothing_is_said_with_what_there_is(settings: dict[str, Any], said: list[str]) -> None:
    assert [re.sub(r" or curl-.*\?", "?", each) for each in unmatched(chosen(**settings))] == said


def test_what_a_silent_cluster_may_have_is_not_called_missing() -> None:
    lost = {(command.key, "cluster2", "") for command in (PODS, RESOURCES)}
    recorded = without(snapshot(HEALTHY), lost, "cluster2 does not answer")

    assert list(unmatched(chosen(recorded, services=("nosuch",), client="nosuch.sample"))) == []


def test_pod_without_a_sidecar_is_no_client() -> None:
    bare = next(pod.full_name for pod in View(snapshot(HEALTHY)).read(PODS, "cluster1") if not pod.is_injected)

    (said,) = unmatched(chosen(client=bare))
    assert said == f"the pod '{bare}' of cluster1 has no sidecar that runs"


def test_namespace_that_no_cluster_has_is_said_where_no_istiod_runs_at_all() -> None:
    recorded = without_istiods(without_istiods(snapshot(HEALTHY), "cluster1"), "cluster2")

    assert list(unmatched(chosen(recorded))) == []  # its Services are there: istiod is down
    (said,) = unmatched(chosen(recorded, istio_namespace="istio-systm"))
    assert said == "no cluster has a namespace 'istio-systm'; did you mean istio-system?"


def test_revision_that_is_a_tag_is_said() -> None:
    def tagged(resources: Any) -> Any:
        (hook, *_) = resources.webhooks
        more = replace(hook, labels={"istio.io/rev": "default", "istio.io/tag": "prod"})
        return replace(resources, webhooks=(*resources.webhooks, more))

    said = list(unmatched(chosen(edited(snapshot(HEALTHY), "cluster1", RESOURCES, tagged), revision="prod")))

    assert said[0] == "cluster1 has no istiod of revision 'prod'; it is a tag of default"


def test_cluster_without_the_named_client_is_unknown_not_ok() -> None:
    view = chosen(client=CLIENT)

    assert [pod.full_name for pod in clients(view, "cluster1")] == [CLIENT]
    assert ask(lambda: clients(view, "cluster2")) is None
    verdicts = {str(each.pair): each.status.value for each in report(view.snapshot, CHECKS).pairs}
    assert verdicts == {"cluster1 → cluster2": "pass", "cluster2 → cluster1": "unknown"}


def test_managed_control_plane_is_recognised() -> None:
    def without_istiod(resources: Any) -> Any:
        (hook, *_) = [each for each in resources.webhooks if "istio.io/rev" in each.labels]
        managed = replace(hook, service="", url="https://meshconfig.googleapis.com/v1/webhooks/x:8080?y")
        left = tuple(service for service in resources.services if not service.name.startswith("istiod"))
        return replace(resources, webhooks=(managed,), services=left)

    recorded = edited(snapshot(HEALTHY), "cluster1", RESOURCES, without_istiod)
    key = (PODS.key, "cluster1", "")
    found = recorded.observations[key]
    left = tuple(pod for pod in found.value if pod.labels.get("app") != "istiod")
    recorded = replace(
        recorded, contexts=("cluster1",), observations={**recorded.observations, key: replace(found, value=left)}
    )
    view = View(recorded)

    assert role(view, "cluster1") == "served from meshconfig.googleapis.com"
    with pytest.raises(Exception, match=r"its webhook calls meshconfig\.googleapis\.com: a managed control plane"):
        control_planes(view, "cluster1")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--client", "nosuch.sample"), "no cluster has a pod 'nosuch.sample' with a sidecar; "),
        (("hello-world.sample",), "did you mean helloworld.sample?"),
        (("cluster2",), "'cluster2' is a context"),
        (("--only", "MC30"), "no check has the code MC30; did you mean MC30"),
        (("--only", "MC301", "--skip", "MC301"), "--only and --skip leave no check"),
        (("--context", "cluster1"), "--context is for live clusters"),
        (("-i", "istio-system"), "--istio-namespace is for live clusters"),
        (("--kubeconfig", "/x"), "--kubeconfig is for live clusters"),
        (("--revision", "default"), "--revision is for live clusters"),
        (("--save", "/x"), "--save is for live clusters"),
        (("-n", "No Namespace"), "'No Namespace' is not a namespace"),
        (("--client", "curl"), "'curl' is not a pod"),
    ],
)
def test_check_refuses_it_with_exit_code_2(
    args: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["kubectl-mcdiag", "check", "--bundle", str(HEALTHY.path), *args]) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert out == ""


class Elsewhere:
    """The healthy mesh with istiod in other namespaces than its usual one."""

    def __init__(self, **places: str) -> None:
        self._places = places

    def run(self, invocation: Invocation, timeout: float) -> Output:
        place = self._places.get(invocation.context, "istio-system")
        if "istio-system" in invocation.argv and place != "istio-system":
            return Output()
        usual = replace(invocation, target=invocation.target.replace(place, "istio-system"))
        output = bundle(HEALTHY).run(usual, timeout)
        return replace(output, stdout=output.stdout.replace("istio-system", place))


def asked(source: Elsewhere, namespace: str = "") -> Snapshot:
    """Return what is asked of clusters when `-i` is this."""
    settings = Settings(istio_namespace=namespace or USUAL_NAMESPACE)
    inquiry = Inquiry(options=ClusterOptions(istio_namespace=namespace), settings=settings)
    blank = Snapshot(bundle(HEALTHY).contexts, bundle(HEALTHY).taken_at, settings)
    return session._asked(source, blank, inquiry, time.monotonic() + 60)


def test_namespace_of_istiod_is_found_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(Elsewhere(cluster1="mesh-system", cluster2="mesh-system"))

    assert found.settings.istio_namespace == "mesh-system"
    assert (
        capsys.readouterr().err == "istiod runs in namespace mesh-system, which is looked at instead of istio-system\n"
    )
    assert {each.status.value for each in report(found, CHECKS).pairs} == {"pass"}


def test_namespace_that_is_named_is_not_looked_for(capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(Elsewhere(cluster1="mesh-system", cluster2="mesh-system"), "istio-system")

    assert found.settings.istio_namespace == "istio-system"
    assert capsys.readouterr().err == ""
    (said,) = unmatched(View(found))
    assert "it runs in mesh-system of cluster1, cluster2: name it with --istio-namespace" in said


def test_usual_namespace_wins_and_two_others_are_refused() -> None:
    assert asked(Elsewhere(cluster2="mesh-system")).settings.istio_namespace == "istio-system"
    with pytest.raises(McdiagError, match="istiod runs in one of cluster1 and in two of cluster2; name one namespace"):
        asked(Elsewhere(cluster1="one", cluster2="two"))
