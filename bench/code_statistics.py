"""Counts functions, comments and docstrings of the source, to see where it is ground too fine or explained too little.

    python bench/code_statistics.py [FOLDER ...]

A private function counts as *called once* when its name appears once in its file besides its definition, in a call.
Where it is passed on instead, to ``re.sub`` or to a thread, it needs a name anyway and counts as *passed once*. Most of
those called once name a step of a longer function; the *bare* ones are a single statement without a docstring or a
comment, so that their name is all that they add.
"""

import ast
import io
import re
import statistics
import sys
import tokenize
from collections import Counter
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "notebot"
Function = ast.FunctionDef | ast.AsyncFunctionDef


def docstring_lines(node: ast.AST) -> int:
    """Lines of the strings that document a node, attribute docstrings included."""
    lines = 0
    for each in ast.walk(node):
        for statement in getattr(each, "body", []) if not isinstance(each, ast.Lambda | ast.IfExp) else []:
            value = statement.value if isinstance(statement, ast.Expr) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                lines += (statement.end_lineno or 0) - statement.lineno + 1
    return lines


def own_lines(function: Function) -> int:
    """Lines of a function without its docstring."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return (function.end_lineno or 0) - function.lineno + 1 - (docstring_lines(function) if documented else 0)


def is_bare(function: Function, text: str) -> bool:
    """True if the body is one simple statement without docstring and comment."""
    source = ast.get_source_segment(text, function) or ""
    return len(function.body) == 1 and not hasattr(function.body[0], "body") and "#" not in source


def main(folders: list[Path]) -> None:
    """Prints one line per figure; figures of a folder without functions are 0."""
    lengths: list[int] = []
    private = called_once = bare = passed_once = comments = docs = code = 0
    classes: Counter[str] = Counter()
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        comments += sum(token.type == tokenize.COMMENT and "noqa" not in token.string for token in tokens)
        documented = docstring_lines(tree)
        docs += documented
        code += sum(bool(line.strip()) and not line.strip().startswith("#") for line in text.splitlines()) - documented
        classes.update(node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        called = {getattr(each, "attr", getattr(each, "id", "")) for each in calls}
        for node in ast.walk(tree):
            if isinstance(node, Function):
                lengths.append(own_lines(node))
                if node.name.startswith("_") and not node.name.startswith("__"):
                    private += 1
                    if len(re.findall(rf"\b{node.name}\b", text)) == 2:
                        called_once += node.name in called
                        bare += node.name in called and is_bare(node, text)
                        passed_once += node.name not in called
    if not code:
        sys.exit(f"There is no Python code in {', '.join(map(str, folders))}.")
    lengths.sort()
    middle, long = (statistics.median(lengths), lengths[int(len(lengths) * 0.95)]) if lengths else (0, 0)
    print(f"code lines           {code}")
    print(f"functions            {len(lengths)}")
    print(f"length median / p95  {middle:.0f} / {long}")
    print(f"private functions    {private}, passed once {passed_once}")
    share, own = 100 * called_once / max(len(lengths), 1), 100 * called_once / max(private, 1)
    print(f"called once          {called_once} = {share:.1f} % of all functions = {own:.1f} % of the private ones")
    print(f"bare                 {bare} = {100 * bare / max(private, 1):.1f} % of the private ones")
    print(f"comments per 100     {100 * comments / code:.1f}")
    print(f"docstring per 100    {100 * docs / code:.0f}")
    print(f"class names twice    {sorted(name for name, count in classes.items() if count > 1)}")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or [SOURCE])
