"""Run as a program of its own, so that it can be stopped: cvc5's answer to one SMT-LIB file.

Usage: ask_cvc5.py FILE MILLISECONDS [OPTION=VALUE]...
"""

from __future__ import annotations

import sys


def main(path: str, milliseconds: str, *options: str) -> None:
    """Print cvc5's answers, each on a line that begins with "answer"."""
    import cvc5

    manager = cvc5.TermManager()
    solver = cvc5.Solver(manager)
    solver.setOption("tlimit-per", milliseconds)
    for option in options:
        solver.setOption(*option.split("=", 1))
    parser = cvc5.InputParser(solver)
    with open(path, encoding="utf-8") as file:
        parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, file.read(), path)
    while not (command := parser.nextCommand()).isNull():
        said = command.invoke(solver, parser.getSymbolManager())
        # What a file has printed by other commands is no answer.
        print(
            "answer" if command.getCommandName() == "check-sat" else "said", " ".join(said.split())
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
