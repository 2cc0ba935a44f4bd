#!/bin/sh
# Makes the passwords that docker-compose.yml asks for and keeps them in .env, which is not committed. What is there stays.
set -eu
cd "$(dirname "$0")/.."
umask 077
[ -e .env ] || : >.env
[ -z "$(tail -c 1 .env)" ] || echo >>.env

for name in SECRET_KEY POSTGRES_PASSWORD RABBITMQ_PASSWORD REDIS_PASSWORD FLOWER_PASSWORD GRAFANA_PASSWORD PROCESSOR_SECRET; do
    grep -q "^$name=." .env || printf '%s=%s\n' "$name" "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" >>.env
done
chmod 600 .env
