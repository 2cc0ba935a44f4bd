# One image for every role: what a container does is its command (docker-compose.yml).
#   docker build -t angarium .

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/angarium
WORKDIR /build
COPY requirements/fleet.txt requirements/fleet.txt
RUN /opt/angarium/bin/pip install --require-hashes --no-deps -r requirements/fleet.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/angarium/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
ENV PATH=/opt/angarium/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=angarium.config.settings \
    ANGARIUM_HOME=/var/lib/angarium \
    HOST=0.0.0.0 \
    PORT=8000 \
    LOG_FORMAT=json
RUN groupadd --system --gid 10001 angarium \
    && useradd --system --uid 10001 --gid angarium --home-dir /var/lib/angarium --shell /usr/sbin/nologin angarium \
    && install --directory --owner angarium --group angarium --mode 0750 /var/lib/angarium
COPY --from=build /opt/angarium /opt/angarium
USER 10001:10001
WORKDIR /var/lib/angarium
VOLUME /var/lib/angarium
EXPOSE 8000
# Pages say whether they are ready; the other roles answer on their port for Prometheus.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", "\
import os, urllib.request as web; \
metrics, port = os.environ.get('ANGARIUM_METRICS_PORT', '0'), os.environ.get('PORT', '8000'); \
web.urlopen('http://127.0.0.1:%s' % (metrics + '/metrics' if int(metrics) else port + '/health/ready'), timeout=4)"]
CMD ["angarium", "web"]
