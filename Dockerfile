# facefold with everything it needs; Debian 13 has the glibc that the wheels ask for.
# Build: docker build -t facefold .   Run: docker run -v "$PWD/photos:/photos" -v "$PWD/runs:/runs" facefold \
#   run --images /photos --root /runs
FROM python:3.11-slim-trixie
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /facefold
COPY . .
RUN make setup
ENTRYPOINT ["/facefold/.venv/bin/facefold"]
CMD ["run", "--root", "/runs"]
