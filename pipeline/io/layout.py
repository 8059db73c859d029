"""Names of everything inside a build folder; nothing else in the project spells them."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.io.files import join


@dataclass(frozen=True, slots=True)
class BuildFolder:
    """A build folder, on any filesystem. `unit_id` is five digits, `stage` a stage's name."""

    root: str

    @property
    def manifest(self) -> str:
        """The build's record: recipe, counts, fingerprints."""
        return join(self.root, "manifest.json")

    @property
    def report(self) -> str:
        """The page a person opens first."""
        return join(self.root, "report.html")

    @property
    def documents(self) -> str:
        """Cleaned documents (`records.Document`), one part an ingest unit."""
        return join(self.root, "work", "documents")

    @property
    def signatures(self) -> str:
        """Deduplication signatures, one part an ingest unit."""
        return join(self.root, "work", "signatures")

    @property
    def clusters(self) -> str:
        """Members of duplicate clusters, one file."""
        return join(self.root, "work", "clusters", "part-00000.parquet")

    @property
    def shared_passages(self) -> str:
        """Passages of kept documents that stand in others too, one file."""
        return join(self.root, "work", "clusters", "passages-00000.parquet")

    @property
    def corpus(self) -> str:
        """Documents by length bucket (`records.Context`)."""
        return join(self.root, "corpus")

    @property
    def candidates(self) -> str:
        """Verified candidates (`records.Candidate`), one part a corpus unit."""
        return join(self.root, "work", "candidates")

    @property
    def asked(self) -> str:
        """What became of every context (`stages.asked.AskedContext`), one part a corpus unit."""
        return join(self.root, "work", "asked")

    @property
    def without_row(self) -> str:
        """Contexts that gave no training row, and why (`stages.asked.ContextWithoutRow`), one file."""
        return join(self.root, "work", "without_row", "part-00000.parquet")

    @property
    def skipped_files(self) -> str:
        """Files of the inputs that are not read, and why (`documents.listing.SkippedFile`), one file."""
        return join(self.root, "work", "skipped", "part-00000.parquet")

    @property
    def sft(self) -> str:
        """The training rows (`records.SftExample`) and ready configs of trainers."""
        return join(self.root, "sft")

    @property
    def tokens(self) -> str:
        """The training rows as token ids (`records.ConversationTokens`)."""
        return join(self.root, "tokens")

    @property
    def packs(self) -> str:
        """Which rows are trained together (`records.TrainingPack`), one file."""
        return join(self.root, "packs.parquet")

    @property
    def rejected(self) -> str:
        """What was dropped, with reasons (`records.Rejection`)."""
        return join(self.root, "rejected")

    @property
    def dead(self) -> str:
        """What failed unexpectedly (`records.DeadLetter`)."""
        return join(self.root, "dead")

    @property
    def cache(self) -> str:
        """Teacher answers by request hash."""
        return join(self.root, "cache")

    @property
    def damaged(self) -> str:
        """Files that were found damaged or that no unit of the build wrote, under the paths they had."""
        return join(self.root, "damaged")

    @property
    def suspects(self) -> str:
        """Paths that `pipeline verify` found wrong, for the next build to look at."""
        return join(self.root, "work", "suspect.json")

    def relative(self, path: str) -> str:
        """A path of this folder, from its root on."""
        return path[len(self.root.rstrip("/")) + 1 :]

    def document_part(self, unit_id: str) -> str:
        """Documents of one ingest unit."""
        return join(self.documents, f"part-{unit_id}.parquet")

    def source_part(self, unit_id: str) -> str:
        """Where the files of one ingest unit stand (`records.SourcePath`); the only place that says so."""
        return join(self.root, "work", "sources", f"part-{unit_id}.parquet")

    def signature_part(self, unit_id: str) -> str:
        """Signatures of one ingest unit's documents."""
        return join(self.signatures, f"part-{unit_id}.parquet")

    def corpus_part(self, bucket: int, unit_id: str) -> str:
        """Documents of one unit in one length bucket."""
        return join(self.corpus, f"bucket={bucket}", f"part-{unit_id}.parquet")

    def cut_part(self, unit_id: str) -> str:
        """Those documents of one unit that deduplication cut passages from, as they are packed (`records.Document`)."""
        return join(self.root, "work", "cut", f"part-{unit_id}.parquet")

    def encoded_part(self, unit_id: str) -> str:
        """Token ids of one unit's surviving documents, whole or in parts, without their texts."""
        return join(self.root, "work", "tokens", f"part-{unit_id}.parquet")

    def placed_part(self, unit_id: str) -> str:
        """What becomes of each document of one unit: kept alone, joined, or rejected."""
        return join(self.root, "work", "placement", f"documents-{unit_id}.parquet")

    def joined_part(self, unit_id: str) -> str:
        """Rows of one unit that are joined from several documents."""
        return join(self.root, "work", "placement", f"joined-{unit_id}.parquet")

    def candidate_part(self, unit_id: str) -> str:
        """Candidates of one unit."""
        return join(self.candidates, f"part-{unit_id}.parquet")

    def asked_part(self, unit_id: str) -> str:
        """Contexts of one unit."""
        return join(self.asked, f"part-{unit_id}.parquet")

    def selection_part(self, unit_id: str) -> str:
        """What export decided about each candidate of one unit: its split, or why it is dropped."""
        return join(self.root, "work", "selection", f"part-{unit_id}.parquet")

    def sft_part(self, split: str, unit_id: str, suffix: str) -> str:
        """Rows of one unit and split; `suffix` is `parquet` or `jsonl`."""
        return join(self.sft, f"{split}-{unit_id}.{suffix}")

    def tokens_part(self, split: str, unit_id: str) -> str:
        """Token ids of the rows of one unit and split."""
        return join(self.tokens, f"{split}-{unit_id}.parquet")

    def rejected_part(self, stage: str, unit_id: str) -> str:
        """Rejections of one unit of one stage."""
        return join(self.rejected, f"part-{stage}-{unit_id}.parquet")

    def dead_part(self, stage: str, unit_id: str) -> str:
        """Dead letters of one unit of one stage."""
        return join(self.dead, f"part-{stage}-{unit_id}.parquet")

    def unit_report(self, stage: str, unit_id: str) -> str:
        """What a finished unit counted; its presence is what makes a unit finished."""
        return join(self.root, "work", "units", stage, f"{unit_id}.json")

    def unit_reports(self, stage: str) -> str:
        """Folder of the finished units of a stage."""
        return join(self.root, "work", "units", stage)

    def unit_progress(self, stage: str, unit_id: str) -> str:
        """What an unfinished unit has counted so far; written about once a second, for people only."""
        return join(self.root, "work", "units", stage, f"{unit_id}.progress")

    def unit_error(self, stage: str, unit_id: str) -> str:
        """Why a unit failed, so that the error's kind and remedy survive worker processes."""
        return join(self.root, "work", "units", stage, f"{unit_id}.error")

    def stage_marker(self, stage: str) -> str:
        """Fingerprint of the stage that is being run or was, and its record once it is committed."""
        return join(self.root, "work", "units", stage, "stage.marker")
