"""Converts files of old office formats to new ones with LibreOffice, if it is installed.

LibreOffice runs as a child of the parser process (`documents.parser_process`), whose limits of memory and time hold for
it, too. It gets a profile of its own, in which macros and links to other files are switched off. Cost: one to two
seconds a file.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from pipeline.documents.readers.reader import ParserError, RefusedFileError

_PROGRAMS = (
    "soffice",
    "libreoffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "C:/Program Files/LibreOffice/program/soffice.exe",
)
_SETTING = (
    '<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="{}" oor:op="fuse">'
    "<value>{}</value></prop></item>"
)
_PROFILE = (
    '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
    + _SETTING.format("DisableMacrosExecution", "true")
    + _SETTING.format("MacroSecurityLevel", "3")
    + _SETTING.format("BlockUntrustedRefererLinks", "true")
    + "</oor:items>"
)


def converted(data: bytes, *, suffix: str, target: str) -> bytes:
    """Return a file in another format.

    Args:
        data: the file.
        suffix: suffix of the file's format, without the dot.
        target: suffix of the new format.

    Raises:
        RefusedFileError: LibreOffice is not installed.
        ParserError: LibreOffice cannot read the file.
    """
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        raise RefusedFileError(
            "legacy_format",
            f"Files of the format {suffix} need LibreOffice: install LibreOffice, or save the file as .{target}.",
        )
    with tempfile.TemporaryDirectory(prefix="longdoc-office-") as folder:
        settings = Path(folder, "profile", "user", "registrymodifications.xcu")
        settings.parent.mkdir(parents=True)
        settings.write_text(_PROFILE, encoding="utf-8")
        source = Path(folder, f"document.{suffix}")
        source.write_bytes(data)
        command = [program, f"-env:UserInstallation={settings.parent.parent.as_uri()}", "--headless", "--norestore"]
        command += ["--convert-to", target, "--outdir", str(Path(folder, "out")), str(source)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
        made = Path(folder, "out", f"document.{target}")
        if not made.exists():
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise ParserError(f"LibreOffice cannot read the file: {said[-1][:200] if said else 'no reason given'}.")
        return made.read_bytes()
