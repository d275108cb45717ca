"""What a shell completes after an option or a command: topics of the config, papers of the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.config import find_config, load_config

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

    from notebot.config import Config


def topics(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The names of the config's topics."""
    config = _config(ctx)
    return [topic.name for topic in config.topics if topic.name.startswith(incomplete)] if config else []


def papers(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The arXiv ids of the stubs, each with its title."""
    from click.shell_completion import CompletionItem

    from notebot.app import digests
    from notebot.app.resources import Resources
    from notebot.cli.terminal import safe_line

    config = _config(ctx)
    if config is None:
        return []
    resources = Resources(config)
    try:
        stubs = digests.list_stubs(resources) if resources.existing_store else []
        return [
            CompletionItem(stub.arxiv_id, help=safe_line(stub.title))
            for stub in stubs
            if stub.arxiv_id and stub.arxiv_id.startswith(incomplete)
        ]
    except Exception:  # as below
        return []
    finally:
        resources.close()


def _config(ctx: click.Context) -> Config | None:
    """The config of the command line; ``None`` for whatever is wrong with it, which is no matter for a prompt."""
    try:
        return load_config(
            find_config(ctx.find_root().params.get("config_file")),
            desk=ctx.find_root().params.get("desk") or "",
            need_topics=False,
            need_contact=False,
        )
    except Exception:  # a traceback would end up in what the person types
        return None
