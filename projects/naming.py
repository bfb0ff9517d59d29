"""What a project is found by: its code, its name, and the name's pinyin whole and by initials."""

from pypinyin import Style, lazy_pinyin

LIMIT = 700


def search_text(code: str, name: str) -> str:
    """Lower-case text that `ProjectQuerySet.search` looks in."""
    whole = "".join(lazy_pinyin(name))
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
    return f"{code} {name} {initials} {whole}".lower()[:LIMIT]
