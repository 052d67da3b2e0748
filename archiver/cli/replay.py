"""``archiver replay``: a collection, WACZ or WARC files opened in the browser."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
import webbrowser
from pathlib import Path

import click

from archiver.collection.access import read_access
from archiver.collection.layout import Collection, open_collection
from archiver.dataset.near_duplicates import DISTANCE
from archiver.errors import MissingExtraError, UsageError
from archiver.export.files import ExportRequest, export_dataset
from archiver.index.build import index_files
from archiver.reextract.inputs import find_inputs
from archiver.reextract.job import extract_all
from archiver.reextract.parts import Parts


@click.command(short_help="Open a collection, WACZ or WARC files in the browser.")
@click.argument("targets", nargs=-1, required=True, metavar="COLLECTION|WACZ|WARC...", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Of our own pages; 0 takes a free one.  [default: 0]"
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others than loopback let others read.")
@click.option("--open/--no-open", "opens", default=True, help="Open the browser.  [default: yes]")
def command(targets: tuple[Path, ...], port: int, host: str, opens: bool) -> int:
    """A home page from which any article can be found, its text beside the page as captured, with versions, sightings and proof.
    Files are read in place and never changed; nothing is asked of the live web. Ctrl-C ends it.
    """
    try:
        import uvicorn

        from archiver.replay.app import ReadingRoom, make_app
    except ImportError as error:
        raise MissingExtraError(error.name or "starlette", "replay") from error
    from archiver.replay.catalogue import Catalogue
    from archiver.replay.originals import serve_originals

    with tempfile.TemporaryDirectory(prefix="archiver-replay-") as folder, contextlib.ExitStack() as stack:
        work = Path(folder)
        collection, title = _collection_of(targets, work)
        listener = _listen(host, port)
        stack.callback(listener.close)
        address = f"{host}:{listener.getsockname()[1]}"
        origin = f"http://{address}"
        click.echo("archiver: reading the dataset", err=True)
        database, _ = export_dataset(collection.root, work / "dataset.sqlite", ExportRequest("sqlite", None, "article", DISTANCE))
        access = work / "access.aclj"
        access.write_text("".join(f"{line}\n" for line in read_access(collection.root).in_force().aclj()), encoding="utf-8")
        started = serve_originals(collection, _made(work / "pywb"), host=host, shown_in=origin, access=access)
        originals = stack.enter_context(started)
        room = ReadingRoom(collection, Catalogue(database), originals, title)
        hosts = frozenset({address, f"localhost:{address.rpartition(':')[2]}"} if host == "127.0.0.1" else {address})
        app = make_app(room, hosts=hosts, frames=originals.rsplit("/", 2)[0])
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", server_header=False))
        click.echo(f"{origin}/")
        click.echo("archiver: Ctrl-C ends it", err=True)
        if opens:
            webbrowser.open(f"{origin}/")
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    return 0


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UsageError(f"--host {host} --port {port}: {error.strerror}") from error
    listener.listen(64)
    return listener


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _collection_of(targets: tuple[Path, ...], work: Path) -> tuple[Collection, str]:
    """The collection to show, and its title; of a WACZ or of WARC files, one made in ``work`` that points to them."""
    if len(targets) == 1 and targets[0].is_dir() and (targets[0] / "archive").is_dir():
        opened = open_collection(targets[0])
        if (opened.indexes / "index.cdxj").is_file() and any(opened.dataset.glob("articles*.jsonl")):
            return opened, opened.name
    collection = Collection(work / "collection")
    for path in (collection.archive, collection.indexes, collection.dataset):
        path.mkdir(parents=True)
    inputs = [item for item in Parts(collection.dataset).named(find_inputs(targets)) if not item.is_arc]
    if not inputs:
        raise UsageError("no WARC files in what was named; ARC files cannot be replayed")
    click.echo(f"archiver: indexing and reading {len(inputs)} files", err=True)
    for item in inputs:
        if item.members:
            with item.open() as packed, (collection.archive / item.name).open("wb") as out:
                shutil.copyfileobj(packed, out, 1 << 20)
        else:
            (collection.archive / item.name).symlink_to(item.path.resolve())
    warcs = sorted(collection.archive.iterdir())
    index_files({path: collection.cdxj(path.name) for path in warcs}, collection.indexes)
    linked = find_inputs((collection.archive,))
    for part in extract_all(linked, collection.dataset, workers=2, deadline_s=30):
        for problem in part.problems:
            click.echo(f"archiver: {problem}", err=True)
    Parts(collection.dataset).count_versions()
    return collection, targets[0].name if len(targets) == 1 else f"{len(targets)} files"
