# A host to try gannet on, from Debian 12 alone: sshd, a user "pi" with sudo and nothing else.
#   docker build -f docker/host.Dockerfile -t gannet-host .
#   docker run -d --name box -e AUTHORIZED_KEY="$(cat ~/.ssh/id_ed25519.pub)" gannet-host
FROM debian:12-slim
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends openssh-server sudo \
    && rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_* \
    && useradd -m -s /bin/bash pi && usermod -p '*' pi \
    && printf 'pi ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/pi \
    && mkdir -p /run/sshd
COPY docker/host-entrypoint /usr/local/bin/
EXPOSE 22
ENTRYPOINT ["/usr/local/bin/host-entrypoint"]
