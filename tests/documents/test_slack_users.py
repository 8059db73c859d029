from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from pipeline.config.build import InputSource
from pipeline.documents.readers.reader import Extract
from pipeline.documents.slack_users import user_names
from tests.dataset_folders import read_all

DAY = [
    {"ts": "1709632981.0001", "user": "U012AB", "text": "The pump is hot, <@U034CD>."},
    {"ts": "1709632982.0001", "user": "U034CD", "text": "네, 멈췄습니다."},
    {"ts": "1709632983.0001", "user": "U099ZZ", "text": "Who?"},
]
USERS = [
    {"id": "U012AB", "name": "mara", "profile": {"real_name": "Mara Lind", "display_name": "m"}},
    {"id": "U034CD", "name": "seoyeon", "real_name": "김서연", "profile": {"real_name": ""}},
]
EXPORT = {"general/2024-03-05.json": DAY, "users.json": USERS}
SAID = (
    "[2024-03-05 10:03:01] Mara Lind: The pump is hot, @김서연.\n\n"
    "[2024-03-05 10:03:02] 김서연: 네, 멈췄습니다.\n\n"
    "[2024-03-05 10:03:03] U099ZZ: Who?"
)


def write_folder(folder: Path, files: Mapping[str, object]) -> None:
    for name, value in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def write_zip(path: Path, files: Mapping[str, object]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, value in files.items():
            archive.writestr(name, json.dumps(value, ensure_ascii=False))


def texts(path: Path) -> list[str]:
    return [reading.text for reading in read_all(InputSource(path=str(path))) if isinstance(reading, Extract)]


def test_slack_folder_names_people_by_its_users_file(tmp_path: Path) -> None:
    write_folder(tmp_path / "export", EXPORT)
    assert texts(tmp_path / "export") == [SAID]


def test_slack_folder_below_the_input_is_not_searched_above_it(tmp_path: Path) -> None:
    write_folder(tmp_path / "export", EXPORT)
    (found,) = texts(tmp_path / "export/general")
    assert "U012AB: The pump" in found


@pytest.mark.parametrize("prefix", ["", "my workspace/"])
def test_slack_zip_names_people_by_its_users_file_wherever_it_lies(prefix: str, tmp_path: Path) -> None:
    write_zip(tmp_path / "export.zip", {prefix + name: value for name, value in EXPORT.items()})
    assert texts(tmp_path / "export.zip") == [SAID]


def test_slack_zip_without_users_takes_none_from_beside_the_archive(tmp_path: Path) -> None:
    write_folder(tmp_path, {"users.json": USERS})
    write_zip(tmp_path / "export.zip", {"general/2024-03-05.json": DAY})
    (found,) = texts(tmp_path / "export.zip")
    assert "U012AB: The pump" in found


def test_slack_tar_is_read_without_names(tmp_path: Path) -> None:
    data = json.dumps(DAY).encode()
    with tarfile.open(tmp_path / "export.tar", "w") as archive:
        info = tarfile.TarInfo("general/2024-03-05.json")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    (found,) = texts(tmp_path / "export.tar")
    assert "U012AB: The pump" in found


@pytest.mark.parametrize("users", ["{", "[3, null]", '{"id": "U012AB"}', "[" * 5000])
def test_slack_users_file_that_is_damaged_costs_only_the_names(users: str, tmp_path: Path) -> None:
    write_folder(tmp_path, {"general/2024-03-05.json": DAY})
    (tmp_path / "users.json").write_text(users, encoding="utf-8")
    assert any("U012AB: The pump" in text for text in texts(tmp_path))


def test_user_names_prefer_the_real_name() -> None:
    assert user_names(USERS) == {"U012AB": "Mara Lind", "U034CD": "김서연"}
    assert user_names({"id": "U1"}) == {}


def test_slack_zip_with_a_damaged_users_file_keeps_the_messages(tmp_path: Path) -> None:
    write_zip(tmp_path / "export.zip", EXPORT)
    data = (tmp_path / "export.zip").read_bytes()
    (tmp_path / "export.zip").write_bytes(data.replace(b"Mara Lind", b"Nora Lind", 1))
    assert any("U012AB: The pump" in text for text in texts(tmp_path / "export.zip"))
