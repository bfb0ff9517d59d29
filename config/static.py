"""Static files of a production installation."""

from collections.abc import Callable
from re import Match

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Names with a digest, so that browsers keep a file until it changes; also for what ES modules import.

    A module known by two names would run twice, so either all imports carry digests or none does.
    """

    support_js_module_import_aggregation = True
    # One pass for each step in the longest chain of imports.
    max_post_process_passes = 20

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Callable[[Match[str]], str]:
        """As Django's, but an import shown in a `//` comment stays a comment."""
        convert = super().url_converter(name, hashed_files, template)

        def converter(found: Match[str]) -> str:
            line = found.string[found.string.rfind("\n", 0, found.start()) + 1 : found.start()]
            return found[0] if line.lstrip().startswith("//") else convert(found)

        return converter
