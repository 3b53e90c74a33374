/* The only program in the images of the system tests: a small web server, static, with no libraries.
 *
 *   web            serves on $PORT (8080):
 *                    /          the text of the file /version
 *                    /healthz   200, or 503 while $SICK is set or $START_DELAY seconds have not passed
 *                    /env/NAME  the value of a variable, 404 when it is not set
 *                  and leaves with 3 after $CRASH_AFTER seconds
 *   web check      asks its own /healthz; 0 when that is 200: for `healthcheck`
 *   web leave N    leaves with N at once: a one-shot
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kRequest = 2048, kBody = 512 };

static time_t started;

static int number(const char* name, int otherwise) {
  const char* text = getenv(name);
  return text != NULL && *text != '\0' ? atoi(text) : otherwise;
}

static struct sockaddr_in address(in_addr_t host) {
  struct sockaddr_in result;
  memset(&result, 0, sizeof result);
  result.sin_family = AF_INET;
  result.sin_port = htons((unsigned short)number("PORT", 8080));
  result.sin_addr.s_addr = htonl(host);
  return result;
}

static void end(int signal_number) {
  (void)signal_number;
  _exit(0);
}

static void crash(int signal_number) {
  static const char text[] = "web: crashing as told\n";
  (void)signal_number;
  if (write(2, text, sizeof text - 1) < 0) _exit(4);
  _exit(3);
}

static int check(void) {
  static const char request[] = "GET /healthz HTTP/1.0\r\n\r\n";
  char answer[64] = {0};
  const struct sockaddr_in server = address(INADDR_LOOPBACK);
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(connection, (const struct sockaddr*)&server, sizeof server) != 0) return 1;
  if (write(connection, request, sizeof request - 1) < 0) return 1;
  if (read(connection, answer, sizeof answer - 1) <= 0) return 1;
  return strstr(answer, " 200 ") != NULL ? 0 : 1;
}

static int is_healthy(void) {
  return getenv("SICK") == NULL && time(NULL) - started >= number("START_DELAY", 0);
}

/* Fills `body`; returns the status. */
static int respond(const char* path, char* body) {
  if (strcmp(path, "/") == 0) {
    FILE* version = fopen("/version", "r");
    if (version == NULL || fgets(body, kBody, version) == NULL) strcpy(body, "no version\n");
    if (version != NULL) fclose(version);
    return 200;
  }
  if (strcmp(path, "/healthz") == 0) {
    const int healthy = is_healthy();
    strcpy(body, healthy ? "ok\n" : "sick\n");
    return healthy ? 200 : 503;
  }
  if (strncmp(path, "/env/", 5) == 0 && getenv(path + 5) != NULL) {
    snprintf(body, kBody, "%s\n", getenv(path + 5));
    return 200;
  }
  strcpy(body, "not here\n");
  return 404;
}

static void serve_one(int connection) {
  char request[kRequest] = {0};
  char path[kRequest] = "";
  char body[kBody] = {0};
  char answer[kBody + 128];
  if (read(connection, request, kRequest - 1) > 0 && sscanf(request, "GET %2047s", path) == 1) {
    const int status = respond(path, body);
    const int size = snprintf(answer, sizeof answer,
                              "HTTP/1.0 %d -\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                              status, strlen(body), body);
    if (write(connection, answer, (size_t)size) < 0) perror("web: write");
  }
  close(connection);
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "check") == 0) return check();
  if (argc > 2 && strcmp(argv[1], "leave") == 0) return atoi(argv[2]);
  signal(SIGTERM, end);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGALRM, crash);
  started = time(NULL);
  if (getenv("CRASH_AFTER") != NULL) alarm((unsigned)number("CRASH_AFTER", 1));

  const struct sockaddr_in server = address(INADDR_ANY);
  const int one = 1;
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (const struct sockaddr*)&server, sizeof server) != 0 ||
      listen(listener, 64) != 0) {
    perror("web: listen");
    return 1;
  }
  printf("web: serving\n");
  fflush(stdout);
  for (;;) {
    const int connection = accept(listener, NULL, NULL);
    if (connection >= 0) serve_one(connection);
  }
}
