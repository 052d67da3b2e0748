"""What the page on daily use says is so: its units are valid, its commands are there, its table names every alarm."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archiver.cli import cli
from archiver.demo_site import DemoSite
from archiver.report.alarms import KINDS

PAGE_PATH = Path(__file__).parent.parent.parent / "docs" / "daily.md"
PAGE = PAGE_PATH.read_text(encoding="utf-8")


def test_every_alarm_is_in_the_table() -> None:
    assert re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.M) == list(KINDS)


def test_every_command_on_the_page_has_a_verb_and_flags_that_exist() -> None:
    lines = [line.split("|")[0] for line in PAGE.replace("; /opt", "\n/opt").replace("|| /opt", "\n/opt").splitlines()]
    commands = [re.search(r"(?:^|=|/bin/)archiver ((?:crawl|status|report) .*?)(?:>/dev/null)?$", line) for line in lines]
    found = [shlex.split(match[1]) for match in commands if match]
    assert len(found) >= 6
    for verb, *arguments in found:
        command = cli.get_command(None, verb)  # type: ignore[arg-type]
        assert command is not None
        flags = {flag for parameter in command.params for flag in parameter.opts}
        assert {argument for argument in arguments if argument.startswith("-")} <= flags, verb


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    service, timer = re.findall(r"```ini\n(.*?)```", PAGE, re.S)
    # Paths and a user that are on this machine; the rest as it stands.
    service = service.replace("/opt/archiver/bin/archiver", "/bin/true").replace("User=archiver", "User=root")
    (tmp_path / "archiver@.service").write_text(service.replace("WorkingDirectory=/srv/news/%i", "WorkingDirectory=/"))
    (tmp_path / "archiver@.timer").write_text(timer)
    units = [str(tmp_path / name) for name in ("archiver@.service", "archiver@.timer")]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def _may_mount() -> bool:
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False) if shutil.which("unshare") else None
    return os.geteuid() == 0 and tried is not None and tried.returncode == 0


@pytest.mark.skipif(shutil.which("cron") is None or not _may_mount(), reason="no cron here, or no right to a mount namespace")
def test_cron_takes_the_line_and_runs_it(tmp_path: Path) -> None:
    """The daemon itself, in a mount namespace with a crontab of its own; it looks once a minute."""
    (line,) = re.findall(r"^## cron\n\n```\n(.*)\n```$", PAGE, re.M)
    archiver, news, tables = tmp_path / "archiver", tmp_path / "news" / "example", tmp_path / "tables"
    archiver.write_text(f'#!/bin/sh\nPYTHONPATH="{PAGE_PATH.parent.parent}" exec "{sys.executable}" -m archiver "$@"\n')
    archiver.chmod(0o755)
    for folder in (news, tables, tmp_path / "run"):
        folder.mkdir(parents=True)
    (news / "collection.toml").write_text("delay = 0\nmin_free = 0\nrequisites = false\ncontact = 'us'\n")
    told = tmp_path / "told"
    # cron's mail is what is printed; here it goes to a file, and the code of the line with it.
    line = line.replace("/opt/archiver/bin/archiver", str(archiver)).replace("/srv/news/example", str(news))
    said = f"{told}.new 2>&1; echo $? >>{told}.new; mv {told}.new {told}"
    (tables / "root").write_text(line.replace("0 6 * * * ", "* * * * * ( ") + f" ) >{said}\n")
    (tables / "root").chmod(0o600)
    inside = f"mount --bind {tables} /var/spool/cron/crontabs && mount --bind {tmp_path / 'run'} /run && exec cron -f"
    with DemoSite() as site:
        (news / "seeds.txt").write_text(site.sections[1] + "\n")
        daemon = subprocess.Popen(["unshare", "--mount", "sh", "-c", inside], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            ends = time.monotonic() + 90
            while not told.exists() and time.monotonic() < ends:
                assert daemon.poll() is None, daemon.communicate()
                time.sleep(0.5)
        finally:
            daemon.kill()
            daemon.wait()
    assert told.read_text() == "0\n", "nothing to tell, so no mail"
    (run,) = [json.loads(row) for row in (news / "dataset" / "runs.jsonl").open()]
    assert (run["finish_reason"], run["articles_new"] > 3) == ("finished", True)
