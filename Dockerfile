FROM python:3.11-slim-bookworm AS build
WORKDIR /app
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/opt/venv/bin:$PATH
COPY requirements.lock .
RUN python -m venv /opt/venv && pip install --require-hashes --no-deps -r requirements.lock
COPY . .
ENV STATIC_ROOT=/app/collected DATA_DIR=/tmp
RUN python tools/messages.py compile && deploy/run collect

FROM python:3.11-slim-bookworm
# pg_dump, pg_restore and psql of the same version as the database, for `manage.py backup` and `restore`.
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin beacon \
    && install --directory --owner beacon --group beacon /data
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings.production STATIC_ROOT=/app/collected DATA_DIR=/data PORT=8000
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["deploy/run", "healthy-web"]
CMD ["deploy/run", "web"]
