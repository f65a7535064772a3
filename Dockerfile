# syntax=docker/dockerfile:1
# A container of the Debian package: npm ci && npm run deb && docker build -t journalbridge .
# What to mount: docs/operations.md, "As a container".
FROM debian:13-slim

ARG VERSION=1.0.0
# Set by the builder: amd64 or arm64.
ARG TARGETARCH
SHELL ["/bin/sh", "-euc"]

# Its number is fixed, so that volumes of one version fit the next one.
# systemd is here for journalctl; no versions, as Debian's newest have the security fixes.
# hadolint ignore=DL3008
RUN --mount=type=bind,source=dist,target=/mnt \
    groupadd --system --gid 700 journalbridge; \
    useradd --system --uid 700 --gid 700 --no-create-home --home-dir /var/lib/journalbridge --shell /usr/sbin/nologin journalbridge; \
    apt-get update; \
    apt-get install --yes --no-install-recommends ca-certificates "/mnt/journalbridge_${VERSION}_${TARGETARCH}.deb"; \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb; \
    install --directory --owner journalbridge --group journalbridge --mode 0700 /var/lib/journalbridge; \
    install --directory --owner journalbridge --group journalbridge --mode 0750 /var/log/journalbridge

USER 700:700
WORKDIR /var/lib/journalbridge
VOLUME ["/var/lib/journalbridge", "/var/log/journalbridge"]

STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=30s --start-period=120s --retries=3 \
    CMD ["/usr/bin/journalbridge", "status", "/etc/journalbridge/journalbridge.json"]
ENTRYPOINT ["/usr/bin/journalbridge"]
CMD ["run", "/etc/journalbridge/journalbridge.json"]
