# facefold with everything it needs, for a processor or, with EXTRAS=gpu, for NVIDIA's GPUs too.
#
#   docker build -t facefold .
#   docker build -t facefold:gpu --build-arg EXTRAS=gpu,kubeflow,dlib .
#   docker run -v "$PWD/photos:/photos:ro" -v "$PWD/runs:/runs" facefold run --images /photos
#
# BASE may be pinned by its digest: --build-arg BASE=python:3.11-slim-trixie@sha256:…
# Debian 13's glibc is new enough for the wheels; CUDA comes as wheels, the driver from the host.
ARG BASE=docker.io/library/python:3.11-slim-trixie

FROM ${BASE} AS build
ARG EXTRAS=kubeflow,dlib
WORKDIR /facefold
COPY setup.py pyproject.toml requirements.lock README.md ./
COPY scripts scripts
COPY schemas schemas
COPY models models
COPY components components
COPY pipeline pipeline
RUN sh scripts/setup.sh "${EXTRAS}" && rm -rf .runtime/tools

FROM ${BASE}
RUN useradd --create-home --uid 1000 facefold && mkdir /runs && chown facefold /runs
COPY --from=build /facefold /facefold
WORKDIR /facefold
ENV PATH=/facefold/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    FACEFOLD_ROOT=/runs \
    TF_CPP_MIN_LOG_LEVEL=1 \
    TF_ONEDNN_USE_SYSTEM_ALLOCATOR=1 \
    MALLOC_ARENA_MAX=1 \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 1000
VOLUME /runs
ENTRYPOINT ["facefold"]
CMD ["run"]
