// All that is in the images of the tests, static.
//   stay [WORD]        prints WORD and runs until it is told to end
//   end CODE SECONDS   says so on stderr, then ends with CODE after SECONDS
//   check              a health check: passes unless the container runs with SICK=1
//   show FILE          prints FILE, then stays
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void end(int number) {
  (void)number;
  _exit(0);
}

static void show(const char* path) {
  char text[200];
  FILE* file = fopen(path, "r");
  while (file != NULL && fgets(text, sizeof text, file) != NULL) fputs(text, stdout);
  if (file != NULL) fclose(file);
  fflush(stdout);
}

int main(int argc, char** argv) {
  const char* task = argc > 1 ? argv[1] : "stay";
  signal(SIGTERM, end);
  if (strcmp(task, "check") == 0) return getenv("SICK") == NULL ? 0 : 1;
  if (strcmp(task, "end") == 0 && argc > 3) {
    sleep((unsigned)atoi(argv[3]));
    fprintf(stderr, "ends with %s\n", argv[2]);
    return atoi(argv[2]);
  }
  if (strcmp(task, "show") == 0 && argc > 2) show(argv[2]);
  if (strcmp(task, "stay") == 0 && argc > 2) puts(argv[2]);
  fflush(stdout);
  for (;;) pause();
}
