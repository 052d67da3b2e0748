"""``archiver completion``: the script that a shell needs to complete verbs, flags and files."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Put what is printed where your shell reads it:

    \b
      bash  archiver completion bash > ~/.local/share/bash-completion/completions/archiver
      zsh   archiver completion zsh > ~/.zfunc/_archiver      (a folder in $fpath)
      fish  archiver completion fish > ~/.config/fish/completions/archiver.fish
    """
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(ctx.find_root().command, {}, "archiver", "_ARCHIVER_COMPLETE").source())
    return 0
