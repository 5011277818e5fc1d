"""What the lab can do to a mesh that is up, as verbs of its command line; faults are written with them."""

import json
from pathlib import Path

import click

from lab.clusters.cluster import Cluster
from lab.faults.injection import apply, inputs, named, undo, wait_until_it_bites
from lab.faults.reading import fault_named, faults
from lab.mesh.another_ca import Flaws, issued_folder, plug_in, present_folder
from lab.mesh.operator import east_west, primary
from lab.objects import Snapshot, snapshot
from lab.places import RUN
from lab.processes import LabError
from lab.restarts import restart, restart_mesh
from lab.rules import clear, cut, drop, refuse
from lab.running import running_shape
from lab.traffic import answers, wait_until_healthy

APPLIED = RUN / "fault.json"
GOOD = Flaws()


@click.group()
def rule() -> None:
    """Lose packets on a node: an nft match, such as `tcp dport 15443`."""


@rule.command("drop")
@click.argument("cluster")
@click.argument("matches", nargs=-1, required=True)
def rule_drop(cluster: str, matches: tuple[str, ...]) -> None:
    """Lose the packets that match without a word."""
    drop(_cluster(cluster), *matches)


@rule.command("refuse")
@click.argument("cluster")
@click.argument("matches", nargs=-1, required=True)
def rule_refuse(cluster: str, matches: tuple[str, ...]) -> None:
    """Answer the TCP packets that match with a reset."""
    refuse(_cluster(cluster), *matches)


@rule.command("clear")
@click.argument("cluster")
def rule_clear(cluster: str) -> None:
    """Remove the rules again."""
    clear(_cluster(cluster))


@click.command("cut")
@click.argument("cluster")
@click.argument("filters", nargs=-1, required=True)
def cut_command(cluster: str, filters: tuple[str, ...]) -> None:
    """End the pods' established connections that match, as `ss` filters: `dport = :15443`."""
    cut(_cluster(cluster), *filters)


@click.command("restart")
@click.argument("cluster")
@click.argument("namespace")
@click.argument("deployments", nargs=-1, required=True)
def restart_command(cluster: str, namespace: str, deployments: tuple[str, ...]) -> None:
    """Replace the pods of DEPLOYMENTS without changing an object; back when they are ready."""
    for deployment in deployments:
        restart(_cluster(cluster), namespace, deployment)


@click.command("restart-mesh")
def restart_mesh_command() -> None:
    """Restart istiods, gateways and workloads of all clusters, in this order."""
    restart_mesh(running_shape())


@click.command("answers")
@click.argument("cluster")
@click.argument("service", default="helloworld")
@click.option("--namespace", default="sample", show_default=True, help="The client's.")
def answers_command(cluster: str, service: str, namespace: str) -> None:
    """Send requests from a cluster's client and count who answers."""
    click.echo(json.dumps(answers(_cluster(cluster), service, namespace=namespace), sort_keys=True))


@click.command("ca")
@click.argument("cluster")
@click.option("--issue", is_flag=True, help="A new CA of the mesh's root, instead of the one in `cacerts`.")
@click.option("--own-root", is_flag=True, help="A new CA under a root of its own.")
@click.option("--from-days", default=GOOD.from_days, help="Not valid before, in days from now.")
@click.option("--until-days", default=GOOD.until_days, help="Not valid after, in days from now.")
@click.option("--no-authority", is_flag=True, help="CA:FALSE.")
@click.option("--other-key", is_flag=True, help="A key that is not the certificate's.")
@click.option("--other-chain", is_flag=True, help="Signed by a root that is not in the files.")
def ca_command(cluster: str, issue: bool, **flaws: float) -> None:
    """Write the four files of a CA for CLUSTER and print their folder."""
    given = Flaws(**flaws)
    folder = (
        issued_folder(_cluster(cluster), given)
        if issue or given != GOOD
        else present_folder(running_shape(), _cluster(cluster))
    )
    click.echo(folder)


@click.command("gateway")
@click.argument("cluster")
def gateway_command(cluster: str) -> None:
    """Write the IstioOperator file of CLUSTER's east-west gateway and print its path."""
    shape = running_shape()
    file = _cluster(cluster).folder / "east-west.json"
    file.write_text(json.dumps(east_west(shape, _cluster(cluster)), indent=1))
    click.echo(file)


@click.command("operator")
@click.argument("cluster")
def operator_command(cluster: str) -> None:
    """Write the IstioOperator file that CLUSTER's istiod was installed from and print its path."""
    shape = running_shape()
    file = _cluster(cluster).folder / "istiod.json"
    file.write_text(json.dumps(primary(shape, _cluster(cluster)), indent=1))
    click.echo(file)


@click.command("plug-in")
@click.argument("cluster")
@click.argument("folder")
def plug_in_command(cluster: str, folder: str) -> None:
    """Replace CLUSTER's `cacerts` by the files of FOLDER; nothing is restarted."""
    plug_in(running_shape(), _cluster(cluster), Path(folder))


@click.command("faults")
def faults_command() -> None:
    """List the faults."""
    for one in faults():
        click.echo(f"{one.family:15} {one.name:35} {one.shape_name:29} {one.about}")


@click.group("fault")
def fault_command() -> None:
    """Put a fault into the running mesh, or take it out."""


@fault_command.command("apply")
@click.argument("name")
def fault_apply(name: str) -> None:
    """Apply the fault NAME and wait until it bites."""
    fault, shape = fault_named(name), running_shape()
    if fault.shape_name != shape.name:
        raise LabError(f"{name} is a fault of {fault.shape.name}, and {shape.name} is up")
    if why := fault.impossible_on(shape.versions):
        raise LabError(f"{name} {why}")
    if APPLIED.exists():
        raise LabError(f"{json.loads(APPLIED.read_text())['fault']} is applied: take it out first")
    held = snapshot(shape)
    keys = [[list(key), item] for key, item in held.objects.items()]
    APPLIED.write_text(json.dumps({"fault": name, "objects": keys}))
    for variable, value in inputs(fault).items():
        click.echo(f"export {variable}={value}")
    apply(shape, fault)
    for seen in wait_until_it_bites(fault):
        click.echo(seen.rstrip())


@fault_command.command("undo")
def fault_undo() -> None:
    """Take out the fault that is applied, whatever has become of it, and wait until the mesh is healthy."""
    if not APPLIED.exists():
        raise LabError("no fault is applied")
    applied, shape = json.loads(APPLIED.read_text()), running_shape()
    before = Snapshot({tuple(key): item for key, item in applied["objects"]})
    for difference in undo(shape, fault_named(applied["fault"]), before):
        click.echo(difference)
    for judgement in wait_until_healthy(shape):
        click.echo(judgement)
    APPLIED.unlink()


def _cluster(name: str) -> Cluster:
    return named(running_shape(), name)


VERBS: tuple[click.Command, ...] = (
    rule, cut_command, restart_command, restart_mesh_command, answers_command, ca_command, gateway_command,
    operator_command, plug_in_command,
    faults_command, fault_command,
)  # fmt: skip
