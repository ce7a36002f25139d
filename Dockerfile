FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /venv
COPY requirements requirements
RUN /venv/bin/pip install --no-cache-dir --require-hashes --only-binary=:all: -r requirements/base.txt
COPY pyproject.toml README.md LICENSE ./
COPY casebackbone casebackbone
COPY events events
COPY projections projections
COPY api api
RUN pip install --no-cache-dir --require-hashes -r requirements/build.txt \
    && python -m hatchling build -t wheel \
    && /venv/bin/pip install --no-cache-dir --no-deps dist/*.whl

FROM python:3.13-slim
RUN useradd --system --create-home --uid 10365 casebackbone && install -d -o casebackbone /var/run/casebackbone
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 CASEBACKBONE_RUN_DIR=/var/run/casebackbone
USER casebackbone
WORKDIR /home/casebackbone
EXPOSE 8080
CMD ["casebackbone", "serve", "--bind", "0.0.0.0:8080"]
