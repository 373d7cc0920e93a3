# syntax=docker/dockerfile:1
# The control plane, and the shutdown manager beside each Envoy; Envoy itself has its own image. No shell, no package
# manager, nothing that runs as root: docker build --tag antechamber:0.1.0 .
ARG NODE=24
ARG DEBIAN=13

FROM docker.io/library/node:${NODE}-trixie-slim AS source
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

# Code from proto/ needs the tools; node-linux-* are a Node for checkouts, which every image here has.
FROM source AS generated
RUN npm ci --ignore-scripts
COPY buf.yaml buf.gen.yaml ./
COPY hack/generate hack/generate
COPY proto proto
RUN sh hack/generate

FROM source AS dependencies
RUN npm ci --ignore-scripts --omit=dev --omit=optional

FROM gcr.io/distroless/nodejs${NODE}-debian${DEBIAN}:nonroot
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY manifests/examples manifests/examples
COPY src src
COPY --from=generated /app/src/gen src/gen
ENV NODE_ENV=production
USER 65532:65532
ENTRYPOINT ["/nodejs/bin/node", "/app/src/app/main.ts"]
CMD ["serve"]
