"""The command line: one verb, one file. Results on stdout, progress and messages on stderr.

Exit codes: 0 done, 1 findings or partial, 2 usage, 3 failure.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import Any

import click

from archiver._version import __version__
from archiver.errors import ArchiverError

# Verb to module; the module's ``command`` is loaded when it is needed.
VERBS = {
    "crawl": "archiver.cli.crawl",
    "demo": "archiver.cli.demo",
    "inspect": "archiver.cli.inspect",
    "verify": "archiver.cli.verify",
    "repair": "archiver.cli.repair",
    "rebuild": "archiver.cli.rebuild",
    "extract": "archiver.cli.extract",
    "index": "archiver.cli.index",
    "patch": "archiver.cli.patch",
    "pack": "archiver.cli.pack",
    "replay": "archiver.cli.replay",
    "status": "archiver.cli.status",
    "fleet": "archiver.cli.fleet",
    "report": "archiver.cli.report",
    "exclude": "archiver.cli.exclude",
    "export": "archiver.cli.export",
    "history": "archiver.cli.history",
    "select": "archiver.cli.select",
    "dedup": "archiver.cli.dedup",
    "sites": "archiver.cli.sites",
    "completion": "archiver.cli.completion",
}


class VerbGroup(click.Group):
    """Loads a verb's module when it is named or listed, so that ``archiver status`` does not import Scrapy."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(VERBS[cmd_name]).command
        return command


@click.group(cls=VerbGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="archiver")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """One polite crawl of a news section: exact WARC files, and a dataset whose every row points into them."""
    ctx.obj = {"debug": debug}


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the ``archiver`` command; exits with the code that the verb returns."""
    arguments = sys.argv[1:] if arguments is None else arguments
    sys.exit(run(arguments))


def run(arguments: list[str]) -> int:
    """Run one command line; every error is one line on stderr, and a traceback only with ``--debug``."""
    try:
        result: Any = cli.main(arguments, prog_name="archiver", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Abort:
        return 1
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        return _say(error, error.format_message() + _where_help_is(error), error.exit_code, arguments)
    except BrokenPipeError:
        # The reader has gone (``| head``); Python would complain once more while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except ArchiverError as error:
        return _say(error, str(error), error.exit_code, arguments)
    except KeyboardInterrupt:
        return 1
    except Exception as error:  # the last line of defence: one line, not a traceback
        return _say(error, f"{type(error).__name__}: {error} (a fault of this program; --debug shows where)", 3, arguments)


def _where_help_is(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f" (see {context.command_path} --help)" if context is not None else ""


def _say(error: BaseException, message: str, code: int, arguments: list[str]) -> int:
    if "--debug" in arguments:
        traceback.print_exception(error)
    click.echo("archiver: " + " ".join(message.split()), err=True)
    return code
