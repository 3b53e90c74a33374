// Rules about Compose files.
#include <array>

#include "playbooks/validate/rules.h"

namespace gannet::playbooks {
namespace {

using enum inventory::Severity;

constexpr std::array kComposeRules{
    Rule{"GN-COMPOSE-001", kError, true, "Compose part of a service cannot be used",
         "A key of \"compose\", or something that the Compose file asks for, cannot be put on the "
         "host as written.",
         "Compose on the host would refuse it, or find other files than meant.",
         "Do what the message asks for; docs/services.md has the keys.",
         "compose:\n  files: [web/docker-compose.yml]\n"},
    Rule{"GN-COMPOSE-002", kError, true, "File that a Compose file needs is not there",
         "An env_file, secret, config, included or extended file does not exist in the project.",
         "Compose stops before it starts anything.",
         "Create it, correct the path, or name its place on the host with an absolute path. "
         "Write \"required: false\" for an env_file that may be missing.",
         "env_file:\n  - path: local.env\n    required: false\n"},
    Rule{"GN-COMPOSE-003", kError, true, "Compose file does not have the shape of one",
         "The file or its \"services\" is no mapping.", "Compose refuses the file.",
         "Write services as name: { ... }.", "services:\n  web:\n    image: nginx:1.27\n"},
    Rule{"GN-IMAGE-001", kError, true, "Service has no image that can be used",
         "A service has no image, only \"build\", or a text that cannot be the name of one.",
         "Docker on the host cannot get it; gannet does not build on hosts.",
         "Name an image; ship one that you built with \"images\".",
         "services:\n  web:\n    image: ghcr.io/acme/web:1.4.2\n"},
    Rule{"GN-IMAGE-002", kWarning, false, "Image can change under the same name",
         "An image has no tag, or the tag \"latest\".",
         "Two hosts, or the same host tomorrow, run different programs from the same file, and "
         "nobody chose the upgrade.",
         "Name the version; a digest is safest.", "image: nginx:1.27\n"},
    Rule{"GN-PORT-001", kError, false, "Host port is taken twice",
         "Two published ports of one host want the same port, protocol and address. All services "
         "that land on the host count, whatever Compose project they are in.",
         "The second container does not start: \"port is already allocated\".",
         "Change one of the host ports, or bind them to different addresses.",
         "a: { ports: [\"8080:80\"] }\nb: { ports: [\"8081:80\"] }\n"},
    Rule{"GN-PORT-002", kError, false, "Not a port",
         "A port is no number from 1 to 65535, a range runs backwards, or two ranges differ in "
         "length.",
         "Compose refuses the file.", "Write host:container with numbers.",
         "ports:\n  - \"8080:80\"\n  - \"9000-9005:9000-9005\"\n"},
    Rule{"GN-PORT-003", kWarning, false, "Database is reachable from every network",
         "The port of a database is published without an address, so on every network that the "
         "host is in. Docker opens it past the firewall of the host.",
         "Databases are searched for and attacked from the moment they can be reached; many home "
         "setups have no password on them.",
         "Services of the same Compose project reach it without any port. For the host itself "
         "publish on 127.0.0.1.",
         "db:\n  image: postgres:16\n  ports: [\"127.0.0.1:5432:5432\"]\n"},
    Rule{"GN-PORT-004", kError, false, "Unknown protocol of a port",
         "The protocol of a port is neither tcp, udp nor sctp.", "Compose refuses the file.",
         "Write /tcp, /udp or nothing.", "ports: [\"53:53/udp\"]\n"},
    Rule{"GN-PORT-005", kError, false, "Address of a port is none",
         "What stands before the host port is no IP address.", "Compose refuses the file.",
         "Write an address of the host; IPv6 in brackets.",
         "ports: [\"127.0.0.1:8080:80\", \"[::1]:8080:80\"]\n"},
    Rule{"GN-PORT-006", kWarning, false, "Port that YAML may read as a number",
         "A mapping of ports such as 22:22 stands without quotes, and its last part is below 60.",
         "YAML 1.1 has numbers to the base 60: 22:22 is 1342 to some readers.", "Put it in quotes.",
         "ports:\n  - \"22:22\"\n"},
    Rule{"GN-PORT-007", kError, false, "Several containers want one host port",
         "A service has more than one replica and publishes a single host port.",
         "Only the first container starts.",
         "Give a range with a port for each, leave out the host port, or put a proxy before it.",
         "deploy: { replicas: 2 }\nports: [\"8080-8081:80\"]\n"},
    Rule{"GN-PORT-008", kWarning, false, "Privileged port without root",
         "A container in the network of the host runs as another user than root and has a port "
         "below 1024.",
         "On the host only root may open these ports: the program ends with \"permission denied\".",
         "Choose a port from 1024, add the capability NET_BIND_SERVICE, or publish the port "
         "instead of using the network of the host.",
         "user: \"1000\"\nports: [\"80:8080\"]\n"},
    Rule{"GN-VOL-001", kError, false, "Volume is not declared",
         "A service mounts a named volume that the top-level \"volumes\" does not have.",
         "Compose refuses the file.",
         "Declare it, or begin the source with \"./\" when a folder is meant.",
         "services: { web: { volumes: [\"data:/data\"] } }\nvolumes: { data: {} }\n"},
    Rule{"GN-VOL-002", kWarning, false, "Container controls Docker",
         "The socket of Docker is mounted into a container, even if read-only.",
         "Whoever takes over the container is root on the host.",
         "Do without, or put a proxy before the socket that allows only what is needed.",
         "volumes: [\"data:/data\"]\n"},
    Rule{"GN-VOL-003", kWarning, false, "Mounted file is not in the project",
         "A bind mount looks like a file or is read-only, and the project has no such file.",
         "Docker creates an empty folder in its place, and the program fails with a puzzling "
         "message.",
         "Create it, correct the path, or name its place on the host with an absolute path.",
         "volumes: [\"./nginx.conf:/etc/nginx/nginx.conf:ro\"]\n"},
    Rule{"GN-VOL-004", kError, false, "Path without \"./\" is read as a volume",
         "The source of a mount holds a \"/\" but begins with neither \".\", \"/\" nor \"~\".",
         "Compose takes it for the name of a volume, and names have no \"/\".",
         "Begin the path with \"./\".", "volumes: [\"./data/x:/data\"]\n"},
    Rule{"GN-NET-001", kError, false, "Network is not declared",
         "A service joins a network that the top-level \"networks\" does not have.",
         "Compose refuses the file.", "Declare it or correct the name.",
         "services: { web: { networks: [front] } }\nnetworks: { front: {} }\n"},
    Rule{"GN-NET-002", kWarning, false, "Ports have no effect in the network of the host",
         "A service with \"network_mode: host\" publishes ports.",
         "Docker ignores them: the program listens where it wants, on every network.",
         "Remove \"ports\", or \"network_mode: host\".", "ports: [\"8080:80\"]\n"},
    Rule{"GN-NET-003", kInfo, false, "Container uses the network of the host",
         "A service has \"network_mode: host\".",
         "All its ports are open on every network of the host, past what Compose shows.",
         "Publish the ports it needs, unless it has to find devices by broadcast.",
         "ports: [\"8123:8123\"]\n"},
    Rule{"GN-NET-004", kError, false, "Network mode and networks exclude each other",
         "A service has both \"network_mode\" and \"networks\".", "Compose refuses the file.",
         "Remove one of the two.", "networks: [front]\n"},
    Rule{"GN-DEP-001", kError, false, "Depends on a service that does not exist",
         "\"depends_on\" or \"network_mode: service:...\" names no service of the project.",
         "Compose refuses the file.", "Correct the name, or add the service.",
         "web: { depends_on: [db] }\ndb: { image: \"postgres:16\" }\n"},
    Rule{"GN-DEP-002", kError, false, "Services depend on each other in a circle",
         "A service depends on itself, directly or through others.",
         "Compose refuses the file: none of them could start first.",
         "Take one \"depends_on\" out of the circle.", "web: { depends_on: [db] }\ndb: {}\n"},
    Rule{"GN-DEP-003", kError, false, "Unknown condition of a dependency",
         "The condition is none of service_started, service_healthy and "
         "service_completed_successfully.",
         "Compose refuses the file.", "Write one of the three.",
         "depends_on:\n  db: { condition: service_healthy }\n"},
    Rule{"GN-DEP-004", kError, false, "Depends on a service that is not started",
         "The service that is depended on is only in profiles that are not active.",
         "Compose refuses to start the service.",
         "Activate the profile, or remove it from the service that is depended on.",
         "compose: { files: [docker-compose.yml], profiles: [debug] }\n"},
    Rule{"GN-PRIV-001", kWarning, false, "Container has all rights on the host",
         "A service has \"privileged: true\".",
         "Whoever takes over the container is root on the host.",
         "Give it the devices and capabilities that it needs.",
         "devices: [\"/dev/ttyUSB0\"]\ncap_add: [NET_ADMIN]\n"},
};

}  // namespace

std::span<const Rule> compose_rules() { return kComposeRules; }

}  // namespace gannet::playbooks
