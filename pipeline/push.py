"""Uploads a finished model folder to a hub that speaks the Hugging Face hub's protocol.

Takes a folder from `finetune` or `convert`, and a name `owner/model`. Uploads what a user needs to load the model, with
its card and its record, in one commit; logs, checkpoints and token ids stay here. The repository is made if it does not
exist, private unless the caller says otherwise. Used by `pipeline push`.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import (  # type: ignore[attr-defined]  # HTTPError is that of the hub's own HTTP client
    HfHubHTTPError,
    HFValidationError,
    HTTPError,
    LocalTokenNotFoundError,
)

from pipeline.errors import DamagedFileError, InputError, RunError
from pipeline.io.checksums import find_problems
from pipeline.train.run.record import read_record

_CONFIG = "config.json"
_WEIGHTS = "*.safetensors"
_OF_THE_RUN = frozenset({"run.json", "report.html"})
"""Files about the training run that no one needs to load the model."""
_UNAUTHORISED = (401, 403)


class Visibility(StrEnum):
    """Who may read a repository that the upload makes; an existing one stays as it is."""

    PRIVATE = "private"
    PUBLIC = "public"


def push_model(folder: str, name: str, *, visibility: Visibility, endpoint: str | None) -> str:
    """Upload a model folder and return the address of the commit.

    Args:
        folder: a local model or adapter folder.
        name: the repository, as `owner/model`.
        visibility: who may read a new repository.
        endpoint: the hub's address; None for `$HF_ENDPOINT` or huggingface.co.

    Raises:
        InputError: the folder holds no model, the name is not valid, or the hub does not let this user write there.
        DamagedFileError: a file differs from the folder's record.
        RunError: the hub cannot be reached or refuses the upload.
    """
    root = Path(folder).expanduser()
    names = uploaded_files(root)
    api = HfApi(endpoint=endpoint)
    operations = [CommitOperationAdd(path_in_repo=name, path_or_fileobj=root / name) for name in names]
    try:
        api.create_repo(name, private=visibility is Visibility.PRIVATE, exist_ok=True)
        commit = api.create_commit(name, operations, commit_message=f"Upload {root.resolve().name}")
    except HFValidationError as error:
        raise InputError(
            f"'{name}' is not a name of a repository: {error}", remedy="Give it as owner/model."
        ) from error
    except LocalTokenNotFoundError as error:
        raise _unauthorised(name) from error
    except HfHubHTTPError as error:
        if error.response.status_code in _UNAUTHORISED:
            raise _unauthorised(name) from error
        raise RunError(
            f"The hub refused the upload to {name}: {error}", remedy="Run the same command again."
        ) from error
    except (HTTPError, OSError) as error:
        raise RunError(
            f"The hub cannot be reached: {error}", remedy="Check the network and $HF_ENDPOINT, and run it again."
        ) from error
    return str(commit.commit_url)


def uploaded_files(root: Path) -> list[str]:
    """Return the names of the files to upload, sorted: those beside the config, but not those of the run.

    Raises:
        InputError: the folder holds no finished model.
        DamagedFileError: a file differs from the folder's record.
    """
    if not (root / _CONFIG).is_file() or not any(root.glob(_WEIGHTS)):
        raise InputError(
            f"{root} holds no finished model.", remedy="Give the folder that pipeline finetune or convert wrote."
        )
    hidden = {path.name for path in root.iterdir() if path.name.startswith(".")}
    names = sorted(path.name for path in root.iterdir() if path.is_file() and path.name not in _OF_THE_RUN | hidden)
    record = read_record(str(root))
    recorded = {} if record is None else {name: found for name, found in record.files.items() if "/" not in name}
    if problems := find_problems(root, recorded):
        name, problem = next(iter(problems.items()))
        raise DamagedFileError(
            f"{root / name} {problem}, so nothing was uploaded.",
            remedy="Run pipeline finetune again; it makes it again.",
        )
    return names


def _unauthorised(name: str) -> InputError:
    return InputError(
        f"The hub does not let you write to {name}.",
        remedy="Log in with `hf auth login`, or set HF_TOKEN to a token that may write there.",
    )
