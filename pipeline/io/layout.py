"""Defines the paths of all files and folders inside a build folder. Used by everything that reads or writes a build."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.io.files import join


@dataclass(frozen=True, slots=True)
class BuildFolder:
    """A build folder on any filesystem. A `shard_id` has five digits, or is `packs`; a `stage` is a stage's name."""

    root: str

    @property
    def manifest(self) -> str:
        """The build's record: recipe, counts and fingerprints."""
        return join(self.root, "manifest.json")

    @property
    def report(self) -> str:
        """The report page, which a person opens first."""
        return join(self.root, "report.html")

    @property
    def preview_page(self) -> str:
        """What `pipeline preview` shows of a few documents."""
        return join(self.root, "preview.html")

    @property
    def preview_lines(self) -> str:
        """The requests of a preview, one JSON object a line."""
        return join(self.root, "preview.jsonl")

    @property
    def documents(self) -> str:
        """Cleaned documents (`records.Document`), one file per ingest shard."""
        return join(self.root, "work", "documents")

    @property
    def evaluation_index(self) -> str:
        """The n-grams of the evaluation sets (`stages.evaluation_index.IndexArray`); a single file."""
        return join(self.root, "work", "evaluation", "index-00000.parquet")

    @property
    def evaluation_items(self) -> str:
        """The items of the evaluation sets (`stages.evaluation_index.EvaluationItem`); a single file."""
        return join(self.root, "work", "evaluation", "items-00000.parquet")

    @property
    def common_ngrams(self) -> str:
        """The n-grams that too many documents contain (`stages.evaluation_index.IndexArray`); a single file."""
        return join(self.root, "work", "matches", "common-00000.parquet")

    @property
    def contamination(self) -> str:
        """The evaluation items that documents contain (`stages.contamination.Contamination`), a part per shard."""
        return join(self.root, "decontamination")

    @property
    def signatures(self) -> str:
        """Deduplication signatures, one file per ingest shard."""
        return join(self.root, "work", "signatures")

    @property
    def clusters(self) -> str:
        """Members of duplicate clusters; a single file."""
        return join(self.root, "work", "clusters", "part-00000.parquet")

    @property
    def shared_passages(self) -> str:
        """Passages of kept documents that also occur in other documents; a single file."""
        return join(self.root, "work", "clusters", "passages-00000.parquet")

    @property
    def corpus(self) -> str:
        """The corpus, by length bucket (`records.Context`)."""
        return join(self.root, "corpus")

    @property
    def candidates(self) -> str:
        """Verified candidates (`records.Candidate`), one file per corpus shard."""
        return join(self.root, "work", "candidates")

    @property
    def asked(self) -> str:
        """The outcome of every context (`stages.asked.AskedContext`), one file per corpus shard."""
        return join(self.root, "work", "asked")

    @property
    def placement(self) -> str:
        """The decisions about documents, and what the steps that make them exchange (`stages.placement_files`)."""
        return join(self.root, "work", "placement")

    @property
    def selection(self) -> str:
        """The decisions about candidates, and what the steps that make them exchange (`stages.selection_files`)."""
        return join(self.root, "work", "selection")

    @property
    def without_row(self) -> str:
        """Contexts that produced no training row, and why (`stages.asked.ContextWithoutRow`); a single file."""
        return join(self.root, "work", "without_row", "part-00000.parquet")

    @property
    def files(self) -> str:
        """The fate of every input file after the build (`stages.source_files.SourceFile`), a part per ingest shard."""
        return join(self.root, "files")

    @property
    def read_files(self) -> str:
        """What became of every input file while it was read (`SourceFile` too), one part per ingest shard."""
        return join(self.root, "work", "files")

    @property
    def sft(self) -> str:
        """The training rows (`records.SftExample`) and ready-made trainer configs."""
        return join(self.root, "sft")

    @property
    def tokens(self) -> str:
        """The training rows as token ids (`records.ConversationTokens`)."""
        return join(self.root, "tokens")

    @property
    def packs(self) -> str:
        """The packs, which decide what rows are trained together (`records.TrainingPack`); a single file."""
        return join(self.root, "packs.parquet")

    @property
    def rejected(self) -> str:
        """Dropped items, with reasons (`records.Rejection`)."""
        return join(self.root, "rejected")

    @property
    def dead(self) -> str:
        """Items that failed unexpectedly (`records.DeadLetter`)."""
        return join(self.root, "dead")

    @property
    def cache(self) -> str:
        """Teacher answers by request hash."""
        return join(self.root, "cache")

    @property
    def budget(self) -> str:
        """What the running build may still ask of teachers (`synthesize.budget`); removed when the run ends."""
        return join(self.root, "work", "budget.json")

    @property
    def damaged(self) -> str:
        """Damaged files, and files that no shard of the build wrote, under their former relative paths."""
        return join(self.root, "damaged")

    @property
    def suspects(self) -> str:
        """The list of paths in which `pipeline verify` found a problem; the next build checks them."""
        return join(self.root, "work", "suspect.json")

    def relative(self, path: str) -> str:
        """Return the path of something in this folder, relative to the folder."""
        return path[len(self.root.rstrip("/")) + 1 :]

    def document_part(self, shard_id: str) -> str:
        """Return the path of the documents of one ingest shard."""
        return join(self.documents, f"part-{shard_id}.parquet")

    def matches_part(self, shard_id: str) -> str:
        """Return the path of the n-grams of evaluation sets that one shard's documents contain."""
        return join(self.root, "work", "matches", f"part-{shard_id}.parquet")

    def contamination_part(self, shard_id: str) -> str:
        """Return the path of the evaluation items that one shard's documents contain."""
        return join(self.contamination, f"part-{shard_id}.parquet")

    def decontaminated_part(self, shard_id: str) -> str:
        """Return the path of one shard's documents without contaminated ones; only written if it differs from
        `document_part`."""
        return join(self.root, "work", "decontaminated", f"part-{shard_id}.parquet")

    def files_part(self, shard_id: str) -> str:
        """Return the path of the fates of one ingest shard's files."""
        return join(self.files, f"part-{shard_id}.parquet")

    def read_files_part(self, shard_id: str) -> str:
        """Return the path of the fates of one ingest shard's files when ingest had read them."""
        return join(self.read_files, f"part-{shard_id}.parquet")

    def source_part(self, shard_id: str) -> str:
        """Return the path of the full paths of one ingest shard's input files (`records.SourcePath`)."""
        return join(self.root, "work", "sources", f"part-{shard_id}.parquet")

    def survey_part(self, shard_id: str) -> str:
        """Return the path of the line hashes of one ingest shard's surveyed documents."""
        return join(self.root, "work", "survey", f"part-{shard_id}.parquet")

    @property
    def repeated_lines(self) -> str:
        """The hashes of the lines that the documents of each source repeat; a single file."""
        return join(self.root, "work", "survey", "repeated-00000.parquet")

    @property
    def boilerplate(self) -> str:
        """The removed lines (`stages.removed_lines.RemovedLine`), one part per ingest shard."""
        return join(self.root, "work", "boilerplate")

    def boilerplate_part(self, shard_id: str) -> str:
        """Return the path of the lines that were removed from one ingest shard's documents."""
        return join(self.boilerplate, f"part-{shard_id}.parquet")

    def signature_part(self, shard_id: str) -> str:
        """Return the path of the signatures of one ingest shard's documents."""
        return join(self.signatures, f"part-{shard_id}.parquet")

    def corpus_part(self, bucket: int, shard_id: str) -> str:
        """Return the path of one shard's documents in one length bucket."""
        return join(self.corpus, f"bucket={bucket}", f"part-{shard_id}.parquet")

    def cut_part(self, shard_id: str) -> str:
        """Return the path of one shard's documents from which passages were cut, after cutting (`records.Document`)."""
        return join(self.root, "work", "cut", f"part-{shard_id}.parquet")

    def encoded_part(self, shard_id: str) -> str:
        """Return the path of the token ids of one shard's surviving documents or their parts, without texts."""
        return join(self.root, "work", "tokens", f"part-{shard_id}.parquet")

    def placed_part(self, shard_id: str) -> str:
        """Return the path of the decision about each document of one shard: kept alone, joined, or rejected."""
        return join(self.placement, f"documents-{shard_id}.parquet")

    def joined_part(self, shard_id: str) -> str:
        """Return the path of one shard's rows that join several documents."""
        return join(self.placement, f"joined-{shard_id}.parquet")

    def candidate_part(self, shard_id: str) -> str:
        """Return the path of the candidates of one shard."""
        return join(self.candidates, f"part-{shard_id}.parquet")

    def asked_part(self, shard_id: str) -> str:
        """Return the path of the outcomes of one shard's contexts."""
        return join(self.asked, f"part-{shard_id}.parquet")

    def selection_part(self, shard_id: str) -> str:
        """Return the path of the export decisions about one shard's candidates: a split, or a reason for dropping."""
        return join(self.selection, f"part-{shard_id}.parquet")

    def sft_part(self, split: str, shard_id: str, suffix: str) -> str:
        """Return the path of the training rows of one shard and split; `suffix` is `parquet` or `jsonl`."""
        return join(self.sft, f"{split}-{shard_id}.{suffix}")

    def tokens_part(self, split: str, shard_id: str) -> str:
        """Return the path of the token ids of the rows of one shard and split."""
        return join(self.tokens, f"{split}-{shard_id}.parquet")

    def export_part(self, trainer_format: str, split: str, shard_id: str, suffix: str) -> str:
        """Return the path of the rows of one shard and split in a format of other trainers, such as `trl`."""
        return join(self.root, "exports", trainer_format, f"{split}-{shard_id}.{suffix}")

    def rejected_part(self, stage: str, shard_id: str) -> str:
        """Return the path of the rejections of one shard of one stage."""
        return join(self.rejected, f"part-{stage}-{shard_id}.parquet")

    def dead_part(self, stage: str, shard_id: str) -> str:
        """Return the path of the dead letters of one shard of one stage."""
        return join(self.dead, f"part-{stage}-{shard_id}.parquet")

    def shard_report(self, stage: str, shard_id: str) -> str:
        """Return the path of the report of a finished shard. A shard is finished if this file exists."""
        return join(self.root, "work", "shards", stage, f"{shard_id}.json")

    def shard_reports(self, stage: str) -> str:
        """Return the folder with the reports of a stage's finished shards."""
        return join(self.root, "work", "shards", stage)

    def shard_progress(self, stage: str, shard_id: str) -> str:
        """Return the path of a running shard's counts so far, which are written about once a second for display."""
        return join(self.root, "work", "shards", stage, f"{shard_id}.progress")

    def shard_error(self, stage: str, shard_id: str) -> str:
        """Return the path of a failed shard's error. It keeps the error's type and remedy when the worker ends."""
        return join(self.root, "work", "shards", stage, f"{shard_id}.error")

    def stage_marker(self, stage: str) -> str:
        """Return the path of a stage's marker: the fingerprint of its last run, and its record once it is finished."""
        return join(self.root, "work", "shards", stage, "stage.marker")
