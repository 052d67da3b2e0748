"""What the page on daily use says is so: its units are valid, its commands are there, its table names every alarm."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from archiver.cli import cli
from archiver.report.alarms import KINDS

PAGE = (Path(__file__).parent.parent.parent / "docs" / "daily.md").read_text(encoding="utf-8")


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
