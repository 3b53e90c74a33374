# gannet in a container, built from Debian 12 alone:
#   docker build -f docker/controller.Dockerfile -t gannet .
#   docker run --rm -it -v "$PWD:/project" -v "$SSH_AUTH_SOCK:/agent" -e SSH_AUTH_SOCK=/agent \
#     -v "$HOME/.ssh/known_hosts:/root/.ssh/known_hosts" gannet plan
FROM debian:12-slim AS build
COPY scripts/setup /src/scripts/setup
RUN /src/scripts/setup
COPY . /src
WORKDIR /src
RUN cmake --preset release && cmake --build --preset release \
    && mkdir -p /out && cp build/release/controller/gannet build/release/agent/gannet-agent /out/ \
    && strip /out/gannet

FROM debian:12-slim
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends libssh-4 libyaml-cpp0.7 libspdlog1.10 \
       libsqlite3-0 libsodium23 libzstd1 zlib1g \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/ /usr/local/bin/
WORKDIR /project
ENTRYPOINT ["gannet"]
